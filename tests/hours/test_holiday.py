"""Public holidays by region, with what an organisation changes (S-2)."""

from datetime import date

import pytest

from rdvdav.hours.holiday import CALENDARS, NO_HOLIDAYS, CalendarUnknown, Holidays, holidays_of


def test_france_has_eleven_holidays_with_french_names() -> None:
    days = holidays_of("FR", 2026)

    assert len(days) == 11
    assert days[date(2026, 5, 1)] == "Fête du Travail"
    assert days[date(2026, 12, 25)] == "Noël"
    assert list(days) == sorted(days)


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("FR-57", date(2026, 12, 26), "Saint-Étienne"),
        ("FR-67", date(2026, 4, 3), "Vendredi saint"),
        ("FR-68", date(2026, 12, 26), "Saint-Étienne"),
        ("GP", date(2026, 5, 27), "Abolition de l'esclavage"),
        ("MQ", date(2026, 5, 22), "Abolition de l'esclavage"),
        ("GF", date(2026, 6, 10), "Abolition de l'esclavage"),
        ("RE", date(2026, 12, 20), "Abolition de l'esclavage"),
        ("YT", date(2026, 4, 27), "Abolition de l'esclavage"),
        ("BL", date(2026, 10, 9), "Abolition de l'esclavage"),
        ("MF", date(2026, 5, 28), "Abolition de l'esclavage"),
        ("NC", date(2026, 9, 24), "Fête de la Citoyenneté"),
        ("PF", date(2026, 3, 5), "Arrivée de l'Évangile"),
        ("WF", date(2026, 7, 29), "Fête du Territoire"),
    ],
)
def test_a_region_adds_its_own_days(code: str, day: date, name: str) -> None:
    assert holidays_of(code, 2026)[day] == name
    assert day not in holidays_of("FR", 2026)


def test_every_calendar_but_the_empty_one_knows_the_national_days() -> None:
    for code in CALENDARS:
        assert (date(2027, 7, 14) in holidays_of(code, 2027)) is (code != "")


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(CalendarUnknown) as refused:
        holidays_of("XX", 2026)

    assert refused.value.code == "XX"


def test_an_organisation_adds_and_removes_days() -> None:
    bridge, whit_monday, national = date(2026, 5, 15), date(2026, 5, 25), date(2026, 7, 14)
    holidays = Holidays("FR", added={bridge: "Pont de l'Ascension"}, removed=frozenset({whit_monday}))

    assert bridge in holidays
    assert whit_monday not in holidays
    assert holidays.name(national) == "Fête nationale"
    assert holidays.name(bridge) == "Pont de l'Ascension"
    assert holidays.between(date(2026, 5, 9), national) == {
        date(2026, 5, 14): "Ascension",
        bridge: "Pont de l'Ascension",
        national: "Fête nationale",
    }


def test_holidays_are_found_across_years_first_and_last_day_included() -> None:
    found = Holidays("FR").between(date(2026, 12, 25), date(2027, 1, 1))

    assert list(found) == [date(2026, 12, 25), date(2027, 1, 1)]


def test_without_calendar_there_are_none() -> None:
    assert date(2026, 12, 25) not in NO_HOLIDAYS
    assert NO_HOLIDAYS.between(date(2026, 1, 1), date(2026, 12, 31)) == {}
