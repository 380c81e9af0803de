"""The sites that may show an organisation's portal: told by their addresses, traced, for administrators only."""

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.administration.embedding import NoSuchOrigin, TooManyOrigins, choose_embedders, read_origin
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.directory.membership import Role
from rdvdav.directory.public import NoSuchOrganisation, embedders_of


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://www.example.fr", "https://www.example.fr"),
        (" www.Example.fr/vie-pratique?x=1#y ", "https://www.example.fr"),
        ("https://example.fr:443/", "https://example.fr"),
        ("https://example.fr:8443", "https://example.fr:8443"),
        ("https://mairie-orée.example", "https://xn--mairie-ore-j7a.example"),
    ],
)
def test_a_site_is_named_by_its_address(text: str, origin: str) -> None:
    assert read_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        *("", "localhost", "http://example.fr", "javascript:alert(1)", "data://example.fr", "https://", "https://*.example.fr"),
        *("https://example.fr;", "https://a b.fr", "https://example.fr:0", "https://example.fr:99999", "https://[::1"),
        *("https://me@example.fr", "https://example.fr\\@evil.fr", "https://-a.fr", f"https://{'a' * 64}.fr", "https://é..fr"),
        *("https://example.fr'none'", "example", "https://exa\nmple;.fr", "\ud800.fr"),
    ],
)  # fmt: skip
def test_what_is_no_site_in_https_is_refused(text: str) -> None:
    with pytest.raises(NoSuchOrigin):
        read_origin(text)


def test_an_administrator_chooses_the_sites(session: Session, clock: StoppedClock) -> None:
    make = Maker(session, clock)
    house = make.organisation()
    admin, agent = make.agent(role=Role.ADMIN, organisation=house), make.agent(organisation=house)

    chosen = choose_embedders(session, clock, admin.id, house.id, ["www.a.fr", "https://www.a.fr/b", "b.fr"])
    choose_embedders(session, clock, admin.id, house.id, chosen)
    session.expire_all()

    assert embedders_of(session, house.slug) == ("https://www.a.fr", "https://b.fr")
    assert embedders_of(session, "nowhere") == ()
    [line] = session.scalars(select(AuditEntry).where(AuditEntry.kind == "organisation.embedding_changed"))
    assert line.details["embedders"] == {"old": "", "new": "https://www.a.fr, https://b.fr"}
    with pytest.raises(NoSuchOrganisation):
        choose_embedders(session, clock, agent.id, house.id, [])
    with pytest.raises(TooManyOrigins):
        choose_embedders(session, clock, admin.id, house.id, [f"a{n}.fr" for n in range(21)])
