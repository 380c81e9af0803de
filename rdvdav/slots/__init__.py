"""Free slots, computed from openings and never stored; inside, time is epoch minutes (T-0).

Pure functions, but for the files that ask the database: `load.py`, `offer.py`, `search.py`.
"""
