"""How a surname begins, as people type it (ux 4.1)."""

import pytest

from rdvdav.citizens.surname import begins

RIGHT = [
    ("mar", "Martin"),
    ("MAR", "martin"),
    (" Mar ", "Martin"),
    ("martin", "Martin"),
    ("bén", "Benali"),
    ("ben", "Bénali"),
    ("cœu", "Coeur"),
    ("coe", "Cœur"),
    ("ly", "Ly"),
    ("o", "Ô"),
    ("le", "Lê"),
    ("del", "de La Tour"),
    ("de la", "de La Tour"),
    ("lat", "de La Tour"),
    ("tou", "de La Tour"),
    ("dor", "d'Or"),
    ("or", "d'Or"),
    ("ndi", "N'Diaye"),
    ("N'D", "N'Diaye"),
    ("n’d", "N’Diaye"),
    ("mar", "Martin-Roux"),
    ("lep", "Le-Pic"),
    ("ива", "Иванов"),
]
WRONG = [
    ("", "Martin"),
    ("m", "Martin"),
    ("ma", "Martin"),
    ("mat", "Martin"),
    ("rou", "Martin-Roux"),
    ("martinez", "Martin"),
    ("lyo", "Ly"),
    ("l", "Ly"),
    ("de", "de La Tour"),
    ("...", "Martin"),
    ("%", "Martin"),
    ("", ""),
    ("mar", ""),
    ("-", "-"),
]


@pytest.mark.parametrize(("typed", "surname"), RIGHT)
def test_these_are_its_first_letters(typed: str, surname: str) -> None:
    assert begins(typed, surname)


@pytest.mark.parametrize(("typed", "surname"), WRONG)
def test_these_are_not(typed: str, surname: str) -> None:
    assert not begins(typed, surname)
