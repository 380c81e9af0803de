"""Processes for tests: each forked from one that has imported the house and opened nothing, so that starting one takes no second."""

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext


def processes() -> ForkServerContext:
    """Where new processes come from."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["rdvdav.worker", "rdvdav.tables"])
    return context
