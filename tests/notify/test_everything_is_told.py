"""No use case changes what calendars show without saying who hears of it (M-1)."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent / "rdvdav"

SILENT = {
    "booking/outcome.py:set_outcome": "What became of it is said once it is over: nobody is told (L-1).",
    "privacy/purge.py:_purge": "Opening ranges that were over a year ago.",
    "demo/diary.py:write": "The demonstration fills months at once.",
    "demo/workshops.py:hold": "The same.",
}
"""What publishes without a word, and why. The room `feeds` republishes texts, and knows no event."""


def _calls(function: ast.AST) -> set[str]:
    """Names of what is called in a function, methods and functions alike."""
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in called}


def _publishers() -> dict[str, set[str]]:
    """Functions that publish or withdraw something through a change of agendas, with all they call."""
    found = {}
    for path in ROOT.rglob("*.py"):
        where = path.relative_to(ROOT).as_posix()
        if where.startswith("feeds/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and _publishes(node):
                found[f"{where}:{node.name}"] = _calls(node)
    return found


def _publishes(function: ast.FunctionDef) -> bool:
    methods = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    changes = {"change", "publishing"}
    return any(
        isinstance(each, ast.Attribute)
        and each.attr in {"publish", "withdraw", "rewrite"}
        and getattr(each.value, "id", "") in changes
        for each in methods
    )


def test_what_publishes_announces() -> None:
    mute = {name for name, called in _publishers().items() if not any(each.startswith("announce") for each in called)}

    assert mute == SILENT.keys()


def test_the_test_sees_all_that_publishes() -> None:
    assert len(_publishers()) >= 14
    assert "booking/move.py:move" in _publishers()
