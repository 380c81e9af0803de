"""Hours in one French sentence (ux 7.3)."""

from collections.abc import Collection
from datetime import date, time

import pytest

from rdvdav.hours.recurrence import Series, monthly, weekly
from rdvdav.hours.sentence import sentence
from rdvdav.hours.wall_range import WallRange
from rdvdav.i18n import speaking

TUESDAY = date(2026, 11, 24)
NOON = time(12)


def said(
    first_day: date,
    opens: time,
    closes: time,
    recurrence: str | None = None,
    *,
    nights: int = 0,
    excluded: Collection[date] = (),
) -> str:
    return sentence(
        WallRange(Series(first_day, recurrence, frozenset(excluded)), opens, closes, "Europe/Paris", nights)
    )


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        (said(TUESDAY, time(9), NOON), "Le mardi 24 novembre 2026, de 9 h à 12 h"),
        (said(date(2026, 12, 1), time(8, 5), time(9, 30)), "Le mardi 1er décembre 2026, de 8 h 05 à 9 h 30"),
        (
            said(TUESDAY, time(9), NOON, weekly([1, 3])),
            "Tous les mardis et jeudis, de 9 h à 12 h, à partir du 24 novembre 2026, sans date de fin",
        ),
        (
            said(date(2026, 11, 30), time(13, 30), time(17), weekly([0], 2, date(2027, 3, 22))),
            "Toutes les 2 semaines, le lundi, de 13 h 30 à 17 h, du 30 novembre 2026 au 22 mars 2027",
        ),
        (
            said(TUESDAY, time(9), NOON, monthly(1, 2)),
            "Le premier mercredi de chaque mois, de 9 h à 12 h, à partir du 24 novembre 2026, sans date de fin",
        ),
        (
            said(TUESDAY, time(9), NOON, monthly(-1, 4, 2)),
            "Le dernier vendredi de chaque mois, tous les 2 mois, de 9 h à 12 h, "
            "à partir du 24 novembre 2026, sans date de fin",
        ),
        (
            said(TUESDAY, time(9), NOON, weekly(range(5))),
            "Du lundi au vendredi, de 9 h à 12 h, à partir du 24 novembre 2026, sans date de fin",
        ),
    ],
)
def test_the_sentences_of_the_design(spoken: str, expected: str) -> None:
    assert spoken == expected


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        ("FREQ=DAILY", "Tous les jours, "),
        ("FREQ=DAILY;INTERVAL=3", "Tous les 3 jours, "),
        ("FREQ=DAILY;INTERVAL=3;BYDAY=MO,TU", "Tous les 3 jours, seulement le lundi et le mardi, "),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "Du lundi au vendredi, "),
        ("FREQ=WEEKLY", "Tous les mardis, "),
        (weekly([6]), "Tous les dimanches, "),
        (weekly(range(7)), "Tous les jours, "),
        (weekly(range(6)), "Du lundi au samedi, "),
        (weekly(range(1, 6)), "Du mardi au samedi, "),
        (weekly([0, 1, 2]), "Tous les lundis, mardis et mercredis, "),
        (weekly([0, 1, 2, 4, 5]), "Tous les lundis, mardis, mercredis, vendredis et samedis, "),
        (weekly([0, 2], 3), "Toutes les 3 semaines, le lundi et le mercredi, "),
        (weekly(range(7), 2), "Toutes les 2 semaines, du lundi au dimanche, "),
        (weekly(range(5), 2), "Toutes les 2 semaines, du lundi au vendredi, "),
        ("FREQ=MONTHLY", "Le 24 de chaque mois, "),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "Le 1er, le 15 et le dernier jour de chaque mois, "),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", "Le troisième jour en partant de la fin de chaque mois, "),
        (
            "FREQ=MONTHLY;BYDAY=-1FR,1MO,3MO",
            "Le premier lundi, le troisième lundi et le dernier vendredi de chaque mois, ",
        ),
        ("FREQ=MONTHLY;BYDAY=-2SU", "L'avant-dernier dimanche de chaque mois, "),
        ("FREQ=MONTHLY;BYDAY=-4SU", "Le quatrième dimanche en partant de la fin de chaque mois, "),
        ("FREQ=MONTHLY;BYMONTHDAY=-9", "Le 9e jour en partant de la fin de chaque mois, "),
        ("FREQ=MONTHLY;BYDAY=MO", "Tous les lundis de chaque mois, "),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "À des dates particulières, "),
        ("FREQ=WEEKLY;BYMONTH=7,8", "À des dates particulières, "),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "À des dates particulières, "),
    ],
)
def test_any_recurrence_has_its_words(recurrence: str, expected: str) -> None:
    assert said(TUESDAY, time(9), NOON, recurrence).startswith(expected + "de 9 h à 12 h, à partir du 24 novembre 2026")


def test_a_counted_series_says_its_last_day() -> None:
    spoken = said(TUESDAY, time(9), NOON, "FREQ=WEEKLY;COUNT=3")

    assert spoken == "Tous les mardis, de 9 h à 12 h, du 24 novembre 2026 au 8 décembre 2026"


@pytest.mark.parametrize(
    ("excluded", "suffix"),
    [
        ([date(2026, 12, 1)], ", sauf le 1er décembre 2026"),
        ([date(2026, 12, 31), date(2026, 12, 24)], ", sauf les 24 et 31 décembre 2026"),
        ([date(2026, 11, 26), date(2026, 12, 24)], ", sauf les 26 novembre et 24 décembre 2026"),
        ([date(2026, 12, 31), date(2027, 1, 7)], ", sauf les 31 décembre 2026 et 7 janvier 2027"),
        (
            [date(2026, 12, 1), date(2026, 12, 24), date(2027, 1, 7)],
            ", sauf les 1er, 24 décembre 2026 et 7 janvier 2027",
        ),
        ([date(2026, 12, day) for day in (1, 3, 8, 10, 15, 17, 22)], ", sauf 7 dates"),
    ],
)
def test_exceptions_follow(excluded: list[date], suffix: str) -> None:
    spoken = said(TUESDAY, time(9), NOON, weekly([1, 3]), excluded=excluded)

    assert spoken == said(TUESDAY, time(9), NOON, weekly([1, 3])) + suffix


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        (said(TUESDAY, time(), time(), nights=1), "Le mardi 24 novembre 2026, toute la journée"),
        (
            said(TUESDAY, time(), time(), nights=3),
            "Du mardi 24 novembre 2026 au jeudi 26 novembre 2026, toute la journée",
        ),
        (said(TUESDAY, time(18), time(), nights=1), "Le mardi 24 novembre 2026, de 18 h à minuit"),
        (
            said(TUESDAY, time(14), NOON, nights=2),
            "Du mardi 24 novembre 2026 à 14 h au jeudi 26 novembre 2026 à 12 h",
        ),
        (
            said(TUESDAY, time(14), time(), nights=2),
            "Du mardi 24 novembre 2026 à 14 h au mercredi 25 novembre 2026 à minuit",
        ),
        (
            said(TUESDAY, time(), time(), weekly([1]), nights=1),
            "Tous les mardis, toute la journée, à partir du 24 novembre 2026, sans date de fin",
        ),
        (
            said(TUESDAY, time(), time(), monthly(1, 1), nights=2),
            "Le premier mardi de chaque mois, pendant 2 jours, à partir du 24 novembre 2026, sans date de fin",
        ),
        (
            said(TUESDAY, time(20), time(6), weekly([1]), nights=1),
            "Tous les mardis, de 20 h à 6 h le lendemain, à partir du 24 novembre 2026, sans date de fin",
        ),
    ],
)
def test_absences_over_days_have_their_words(spoken: str, expected: str) -> None:
    assert spoken == expected


def test_the_sentence_is_french_whatever_language_is_spoken() -> None:
    with speaking("en"):
        assert said(TUESDAY, time(9), NOON) == "Le mardi 24 novembre 2026, de 9 h à 12 h"
