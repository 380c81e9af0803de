"""Words, dates and hours as French readers expect them, and the catalogue that holds them."""

import gettext
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from hatchling.builders.wheel import WheelBuilder

from rdvdav import i18n

HOUSE = Path(__file__).parent.parent
FIRST_OF_DECEMBER = date(2026, 12, 1)
HALF_PAST_NINE = time(9, 30)
JULY = datetime(2026, 7, 14, 10, 0, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (i18n.long_date(FIRST_OF_DECEMBER), "mardi 1er décembre 2026"),
        (i18n.long_date(date(2026, 11, 24)), "mardi 24 novembre 2026"),
        (i18n.long_date(i18n.wall(DECEMBER, "Europe/Paris")), "mardi 1er décembre 2026"),
        (i18n.day_and_month(FIRST_OF_DECEMBER), "mardi 1er décembre"),
        (i18n.plain_date(FIRST_OF_DECEMBER), "1er décembre 2026"),
        (i18n.short_date(FIRST_OF_DECEMBER), "01/12/2026"),
        (i18n.weekday(FIRST_OF_DECEMBER), "mardi"),
        (i18n.week_number(date(2026, 11, 23)), 48),
        (i18n.clock(HALF_PAST_NINE), "09:30"),
        (i18n.hour_words(HALF_PAST_NINE), "9 h 30"),
        (i18n.hour_words(time(9, 5)), "9 h 05"),
        (i18n.hour_words(time(9)), "9 h"),
        (i18n.at(HALF_PAST_NINE), "à 9 h 30"),
        (i18n.hours_range(time(9), time(12)), "de 9 h à 12 h"),
        (i18n.hours_range(time(22), time(0)), "de 22 h à minuit"),
        (i18n.moment(i18n.wall(DECEMBER, "Europe/Paris")), "mardi 1er décembre 2026 à 11 h"),
        (i18n.duration(timedelta(minutes=1)), "1 minute"),
        (i18n.duration(timedelta(minutes=30)), "30 minutes"),
        (i18n.duration(timedelta(hours=1)), "1 heure"),
        (i18n.duration(timedelta(minutes=75)), "1 heure 15"),
        (i18n.duration(timedelta(minutes=125)), "2 heures 05"),
    ],
)
def test_dates_and_hours_are_written_as_in_french(written: object, words: object) -> None:
    assert written == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 23), date(2026, 11, 27), "23 – 27 novembre 2026"),
        (date(2026, 12, 1), date(2026, 12, 5), "1er – 5 décembre 2026"),
        (date(2026, 11, 30), date(2026, 12, 4), "30 novembre – 4 décembre 2026"),
        (date(2026, 12, 28), date(2027, 1, 1), "28 décembre 2026 – 1er janvier 2027"),
        (date(2026, 11, 23), date(2026, 11, 23), "23 novembre 2026"),
    ],
)
def test_a_range_says_once_what_its_ends_share(first: date, last: date, words: str) -> None:
    assert i18n.date_range(first, last) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 22), "hier, dimanche 22 novembre"),
        (date(2026, 11, 23), "aujourd'hui, lundi 23 novembre"),
        (date(2026, 11, 24), "demain, mardi 24 novembre"),
        (date(2026, 11, 25), "mercredi 25 novembre"),
        (date(2027, 1, 4), "lundi 4 janvier 2027"),
    ],
)
def test_relative_words_stand_only_beside_the_date(day: date, words: str) -> None:
    assert i18n.relative_date(day, date(2026, 11, 23)) == words


@pytest.mark.parametrize(
    ("instant", "zone", "words"),
    [
        (DECEMBER, "Europe/Paris", "à l'heure de Paris (UTC+1)"),
        (JULY, "Europe/Paris", "à l'heure de Paris (UTC+2)"),
        (DECEMBER, "Indian/Reunion", "à l'heure de La Réunion (UTC+4)"),
        (DECEMBER, "Indian/Mayotte", "à l'heure de Mayotte (UTC+3)"),
        (DECEMBER, "America/Martinique", "à l'heure de la Martinique (UTC−4)"),
        (DECEMBER, "America/Guadeloupe", "à l'heure de la Guadeloupe (UTC−4)"),
        (DECEMBER, "America/Cayenne", "à l'heure de la Guyane (UTC−3)"),
        (DECEMBER, "America/Miquelon", "à l'heure de Saint-Pierre-et-Miquelon (UTC−3)"),
        (DECEMBER, "Pacific/Noumea", "à l'heure de Nouvelle-Calédonie (UTC+11)"),
        (DECEMBER, "Pacific/Tahiti", "à l'heure de Tahiti (UTC−10)"),
        (DECEMBER, "Pacific/Marquesas", "à l'heure des Marquises (UTC−9:30)"),
        (DECEMBER, "Pacific/Wallis", "à l'heure de Wallis-et-Futuna (UTC+12)"),
        (DECEMBER, "Asia/Tokyo", "à l'heure locale (Tokyo) (UTC+9)"),
    ],
)
def test_each_zone_has_its_own_wording(instant: datetime, zone: str, words: str) -> None:
    assert i18n.zone_line(instant, zone) == f"Horaires affichés {words}"


@pytest.mark.parametrize("show", [i18n.long_date, i18n.clock, i18n.moment, i18n.at])
def test_an_instant_is_never_shown_in_utc_by_mistake(show: Callable[[Any], str]) -> None:
    with pytest.raises(ValueError, match="wall"):
        show(DECEMBER)


def test_another_language_is_spoken_inside_its_block_only() -> None:
    with i18n.speaking("en"):
        assert i18n.moment(i18n.wall(DECEMBER, "Europe/Paris")) == "Tuesday 1 December 2026 at 11:00"
        assert i18n.gettext("Personal data") == "Personal data"
        assert i18n.long_date(date(2026, 11, 23)) == "Monday 23 November 2026"
        assert i18n.hours_range(time(9), time(12)) == "from 9:00 to 12:00"
        assert i18n.hours_range(time(22), time(0)) == "from 22:00 to midnight"
        assert i18n.zone_line(DECEMBER, "Europe/Paris") == "Times are shown in Paris time (UTC+1)"
        assert i18n.duration(timedelta(minutes=75)) == "1 hour 15 min"
        assert i18n.duration(timedelta(minutes=30)) == "30 minutes"

    assert i18n.gettext("Personal data") == "Données personnelles"


def test_values_fill_their_places_and_percent_signs_stay() -> None:
    assert i18n.gettext("Step %(current)s of %(total)s", current=3, total=6) == "Étape 3 sur 6"
    assert i18n.ngettext("%(num)d error to correct", "%(num)d errors to correct", 2) == "2 erreurs à corriger"
    assert i18n.translated("100 %, really") == "100 %, really"
    assert i18n.translated("") == ""


@pytest.mark.parametrize("locale", [path.name for path in sorted(i18n.CATALOGUES.iterdir()) if path.is_dir()])
def test_a_catalogue_keeps_the_placeholders_of_its_messages(locale: str) -> None:
    with (i18n.CATALOGUES / locale / "LC_MESSAGES" / "rdvdav.po").open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)

    flaws = [(message.id, str(error)) for message in catalogue for error in message.check(catalogue)]

    assert flaws == []
    assert not [message.id for message in catalogue if message.id and not message.string]


@pytest.mark.slow
def test_the_wheel_carries_compiled_words_and_the_sources_stay_clean(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(HOUSE)).build(directory=str(tmp_path), versions=["standard"])

    with zipfile.ZipFile(wheel) as archive, archive.open("rdvdav/translations/fr/LC_MESSAGES/rdvdav.mo") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Personal data") == "Données personnelles"
    assert not list(HOUSE.glob("rdvdav/translations/**/*.mo"))
