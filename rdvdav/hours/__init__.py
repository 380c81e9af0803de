"""Hours on a wall clock, what they are as instants, and how they repeat. Pure: no table, no database."""
