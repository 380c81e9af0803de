"""Free slots, computed from openings and never stored. Pure but for `search.py`; time is epoch minutes (T-0)."""
