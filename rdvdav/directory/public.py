"""What everybody may read of the directory: organisations by their public name, and their services."""

from collections.abc import Collection
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.errors import NotFound
from rdvdav.i18n import alphabetical


class NoSuchOrganisation(NotFound):
    """No organisation has this public name."""


class NoSuchPublicTerritory(NotFound):
    """No territory has this public name."""


def territory_at(session: Session, slug: str) -> tuple[Territory, list[Organisation]]:
    """The territory whose public address is `/territoire/<slug>`, and its organisations by name.

    Raises:
        NoSuchPublicTerritory: There is none.
    """
    for found in organisations_by_territory(session, slug):
        return found
    territory = session.scalar(select(Territory).where(Territory.slug == slug))
    if territory is None:
        raise NoSuchPublicTerritory
    return territory, []


def organisation_at(session: Session, slug: str) -> Organisation:
    """The organisation whose public address is `/rdv/<slug>`.

    Raises:
        NoSuchOrganisation: There is none.
    """
    organisation = session.scalar(select(Organisation).where(Organisation.slug == slug))
    if organisation is None:
        raise NoSuchOrganisation
    return organisation


def embedders_of(session: Session, slug: str) -> tuple[str, ...]:
    """The origins whose pages may hold the portal of the organisation at *slug*; none where there is no such organisation."""
    return tuple(session.scalar(select(Organisation.embedders).where(Organisation.slug == slug)) or ())


def organisations_by_territory(session: Session, slug: str | None = None) -> list[tuple[Territory, list[Organisation]]]:
    """All organisations, or those of the territory at *slug*, under their territory, both by name; one statement."""
    query = select(Territory, Organisation).join(Organisation, Organisation.territory_id == Territory.id)
    if slug is not None:
        query = query.where(Territory.slug == slug)
    rows = sorted(((territory, organisation) for territory, organisation in session.execute(query)), key=_by_names)
    return [(territory, [row[1] for row in of_territory]) for territory, of_territory in groupby(rows, itemgetter(0))]


def _by_names(row: tuple[Territory, Organisation]) -> tuple[str, int, str, int]:
    territory, organisation = row
    return alphabetical(territory.name), territory.id, alphabetical(organisation.name), organisation.id


def services_with(session: Session, ids: Collection[int]) -> list[Service]:
    """The services with these *ids*, by name."""
    services = session.scalars(select(Service).where(Service.id.in_(ids)))
    return sorted(services, key=lambda service: (alphabetical(service.name), service.id))
