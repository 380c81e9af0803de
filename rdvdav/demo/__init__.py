"""The demonstration: an invented département with its organisations, agents, hours and two years of appointments."""

from rdvdav.demo.accounts import Accounts, describe
from rdvdav.demo.load import STEPS, is_empty, load

__all__ = ["STEPS", "Accounts", "describe", "is_empty", "load"]
