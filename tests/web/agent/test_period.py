"""Which days each view of the agenda shows, and what stands before and after them."""

from datetime import date

import pytest

from rdvdav_web.agent.period import Period


@pytest.mark.parametrize(
    ("view", "wanted", "start", "end", "previous", "following", "words"),
    [
        ("jour", (2026, 12, 1), (2026, 12, 1), (2026, 12, 1), (2026, 11, 30), (2026, 12, 2), "mardi 1er décembre 2026"),
        (
            "semaine",
            (2026, 11, 29),
            (2026, 11, 23),
            (2026, 11, 29),
            (2026, 11, 16),
            (2026, 11, 30),
            "23 – 29 novembre 2026",
        ),
        (
            "liste",
            (2027, 1, 1),
            (2026, 12, 28),
            (2027, 1, 3),
            (2026, 12, 21),
            (2027, 1, 4),
            "28 décembre 2026 – 3 janvier 2027",
        ),
        ("mois", (2028, 2, 29), (2028, 2, 1), (2028, 2, 29), (2028, 1, 1), (2028, 3, 1), "février 2028"),
        ("mois", (2026, 12, 31), (2026, 12, 1), (2026, 12, 31), (2026, 11, 1), (2027, 1, 1), "décembre 2026"),
    ],
)
def test_a_view_has_its_days_and_neighbours(
    view: str,
    wanted: tuple[int, int, int],
    start: tuple[int, int, int],
    end: tuple[int, int, int],
    previous: tuple[int, int, int],
    following: tuple[int, int, int],
    words: str,
) -> None:
    period = Period(view, date(*wanted))

    assert (period.start, period.end, period.words) == (date(*start), date(*end), words)
    assert period.previous == Period(view, date(*previous))
    assert period.following == Period(view, date(*following))


def test_a_month_is_drawn_in_whole_weeks() -> None:
    assert Period("mois", date(2026, 11, 15)).drawn == (date(2026, 10, 26), date(2026, 12, 6))


@pytest.mark.parametrize("view", ["jour", "semaine", "mois", "liste"])
def test_nothing_leads_out_of_the_years_in_sight(view: str) -> None:
    assert Period(view, date(2000, 1, 1)).previous is None
    assert Period(view, date(2100, 12, 31)).following is None
