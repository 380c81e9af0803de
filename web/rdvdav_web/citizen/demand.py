"""What a citizen has asked for so far: read from the address, so that back, reload and sharing work (ux 3).

A step with one choice is answered by itself; the numbering adapts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from rdvdav.agenda.hold import Hold
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.public import services_with
from rdvdav.directory.service import Service
from rdvdav.errors import NotFound
from rdvdav.i18n import N_, alphabetical, duration, translated
from rdvdav.i18n import gettext as _
from rdvdav.slots.offer import bookable_motifs, needs_place, places_offering
from rdvdav_web.citizen import words
from rdvdav_web.citizen.portal import is_referrer
from rdvdav_web.transaction import clock

Choice = TypeVar("Choice", Service, Motif, Place)

EVERYWHERE = "tous"
"""Value of `lieu` that searches all places together."""
PRESETS = ("du", "moment", "jours", "agent")
"""What a public link may say of the list of slots."""


class NotOffered(NotFound):
    """The service, motif or place of an address is not, or no longer, offered on line."""


class Step(Enum):
    """The steps of a booking, by their titles."""

    SERVICE = N_("Service")
    MOTIF = N_("Reason")
    PLACE = N_("Place")
    SLOT = N_("Time slot")
    YOU = N_("Your details")
    CHECK = N_("Last check")


@dataclass(frozen=True)
class Progress:
    """Where a page stands among the steps: what the macro `steps` shows."""

    current: int
    total: int
    title: str
    next: str


@dataclass(frozen=True)
class Demand:
    """The answers given, and what could be chosen instead.

    Attributes:
        services, motifs: All that can be booked on line.
        places: By motif, those that receive for it; only of motifs that need a place.
        service, motif, place: The answers; None while open.
        everywhere: All places are searched together.
        accepted: The conditions of the motif were read.
        carried: Filters of the list of slots that a public link presets, by name; they go along from step to step.
    """

    services: list[Service]
    motifs: list[Motif]
    places: Mapping[int, list[Place]]
    service: Service | None = None
    motif: Motif | None = None
    place: Place | None = None
    everywhere: bool = False
    accepted: bool = False
    carried: dict[str, Any] = field(default_factory=dict)

    @property
    def motifs_of_service(self) -> list[Motif]:
        """What can be chosen in the service."""
        return [motif for motif in self.motifs if self.service is not None and motif.service_id == self.service.id]

    @property
    def places_of_motif(self) -> list[Place]:
        """Where one can be received for the motif."""
        return self.places.get(self.motif.id, []) if self.motif is not None else []

    @property
    def steps(self) -> list[Step]:
        """The steps that ask something, and those that always are; conditions are read in the step of the motif."""
        asked = []
        if len(self.services) > 1:
            asked.append(Step.SERVICE)
        motifs = self.motifs_of_service if self.service else self.motifs
        if len(motifs) > 1 or (self.motif is not None and self.motif.restriction):
            asked.append(Step.MOTIF)
        concerned = [self.motif] if self.motif else motifs
        if any(len(self.places.get(motif.id, [])) > 1 for motif in concerned):
            asked.append(Step.PLACE)
        return [*asked, Step.SLOT, Step.YOU, Step.CHECK]

    def progress(self, step: Step) -> Progress:
        """Where the page of *step* stands."""
        steps = self.steps
        at = steps.index(step)
        following = translated(steps[at + 1].value) if at + 1 < len(steps) else ""
        return Progress(at + 1, len(steps), translated(step.value), following)

    @property
    def answers(self) -> dict[str, Any]:
        """The answers as arguments of an address."""
        lieu = EVERYWHERE if self.everywhere else self.place.id if self.place else None
        given = {"motif": self.motif.id if self.motif else None, "lieu": lieu, "lu": 1 if self.accepted else None}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def onward(self) -> dict[str, Any]:
        """The same, and what goes along to the list of slots."""
        return self.answers | self.carried

    @property
    def next_url(self) -> str:
        """The page of the first question that is open."""
        if self.service is None:
            return url_for("citizen.services", **self.carried)
        if self.motif is None:
            return url_for("citizen.motifs", service=self.service.id, **self.carried)
        if self.motif.restriction and not self.accepted:
            return url_for("citizen.conditions", **self.onward)
        if len(self.places_of_motif) > 1 and self.place is None and not self.everywhere:
            return url_for("citizen.places", **self.onward)
        return url_for("citizen.slots", **self.onward)

    @property
    def recap(self) -> list[dict[str, str]]:
        """Rows of « Votre demande », each with the page that changes it."""
        rows = []
        steps = self.steps
        if self.service is not None:
            url = url_for("citizen.services") if Step.SERVICE in steps else ""
            rows.append({"label": _("Service"), "value": self.service.name, "url": url, "what": _("the service")})
        if self.motif is not None:
            url = url_for("citizen.motifs", service=self.motif.service_id) if len(self.motifs_of_service) > 1 else ""
            rows.append({"label": _("Reason"), "value": self.motif.name, "url": url, "what": _("the reason")})
            if not self.motif.collective:  # each of which says how long it lasts
                rows.append({"label": _("Duration"), "value": duration(self.motif.duration), "url": ""})
            rows.append(self._where)
        return rows

    @property
    def _where(self) -> dict[str, str]:
        if self.motif is None or not needs_place(self.motif):
            return {"label": _("Way of meeting"), "value": words.mode(self.motif) if self.motif else "", "url": ""}
        chosen = self.answers
        chosen.pop("lieu", None)
        url = url_for("citizen.places", **chosen) if Step.PLACE in self.steps else ""
        value = self.place.name if self.place else _("All places") if self.everywhere else ""
        return {"label": _("Place"), "value": value, "url": url, "what": _("the place")}

    @property
    def summary(self) -> str:
        """The recap on one line."""
        parts = [self.motif.name if self.motif else self.service.name if self.service else ""]
        if self.motif is not None:
            parts += [self._where["value"], "" if self.motif.collective else duration(self.motif.duration)]
        return " · ".join(part for part in parts if part)


def read_demand(session: Session, organisation: Organisation, args: MultiDict[str, str]) -> Demand:
    """The demand an address states: `service`, `motif`, `lieu`, `lu`, and presets of the list; three statements.

    Raises:
        NotOffered: It names what cannot be booked on line.
    """
    offer = _offer(session, organisation)
    motif = _named(offer.motifs, args.get("motif"))
    service = _named(offer.services, str(motif.service_id) if motif else args.get("service")) or _only(offer.services)
    if motif is None and service is not None:
        motif = _only([each for each in offer.motifs if each.service_id == service.id])
    places = offer.places.get(motif.id, []) if motif else []
    everywhere = args.get("lieu") == EVERYWHERE and len(places) > 1
    place = None if everywhere or args.get("lieu") == EVERYWHERE else _named(places, args.get("lieu"))
    return Demand(
        services=offer.services,
        motifs=offer.motifs,
        places=offer.places,
        service=service,
        motif=motif,
        place=place or (None if everywhere else _only(places)),
        everywhere=everywhere,
        accepted=args.get("lu") == "1",
        carried={name: args.getlist(name) for name in PRESETS if args.get(name)},
    )


def demand_of(session: Session, organisation: Organisation, holds: Sequence[Hold]) -> Demand:
    """The demand that led to *holds*, which have one motif, even if that has been closed since."""
    offer = _offer(session, organisation)
    motif, places = holds[0].motif, {hold.place for hold in holds}
    return Demand(
        services=offer.services,
        motifs=offer.motifs,
        places=offer.places,
        service=motif.service,
        motif=motif,
        place=holds[0].place if len(places) == 1 else None,
        everywhere=len(places) > 1,
        accepted=True,
    )


def _offer(session: Session, organisation: Organisation) -> Demand:
    motifs = sorted(bookable_motifs(session, organisation.id, referred=is_referrer()), key=_by_words)
    services = services_with(session, {motif.service_id for motif in motifs})
    places = places_offering(session, clock(), [motif.id for motif in motifs if needs_place(motif)])
    return Demand(services, motifs, places)


def _by_words(motif: Motif) -> tuple[bool, str, str, int]:
    """By category, those without one last, then by name."""
    return motif.category is None, alphabetical(motif.category or ""), alphabetical(motif.name), motif.id


def _named(choices: list[Choice], text: str | None) -> Choice | None:
    """The choice an address names by its id; None when it names none."""
    if not text:
        return None
    for choice in choices:
        if str(choice.id) == text:
            return choice
    raise NotOffered


def _only(choices: list[Choice]) -> Choice | None:
    return choices[0] if len(choices) == 1 else None
