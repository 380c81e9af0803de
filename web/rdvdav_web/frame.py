"""What surrounds every page: whose page it is, and where its header, menu and footer lead.

A page without link in its frame shows none: nothing leads to a page that does not exist.
"""

from dataclasses import dataclass, replace

from flask import g

from rdvdav.i18n import translated


@dataclass(frozen=True)
class Link:
    """One entry of a menu.

    Attributes:
        label: Words as shown, already in the reader's language.
        current: It is the page shown, or the part of the site it belongs to.
        badge: A short count beside it, « 4 à renseigner ».
    """

    label: str
    url: str
    current: bool = False
    badge: str = ""


@dataclass(frozen=True)
class Tools:
    """The agents' top bar (ux 6.1).

    Attributes:
        people_url: Where a person is searched for, as `q`.
        finding: « Trouver un RDV ».
        organisations: The others one works in, id and name; posted as `organisation` to *switch_url*.
        part: The part of the menu that is shown, shown again for the other organisation.
    """

    people_url: str
    finding: Link
    organisations: tuple[tuple[int, str], ...]
    switch_url: str
    part: str


@dataclass(frozen=True)
class Frame:
    """The frame of one page.

    Attributes:
        name: The organisation, or the territory where none is chosen yet; ends every title.
        home_url: Where the logo leads.
        tagline: A line under the name; the portal says « Prendre rendez-vous ».
        links: Right side of a citizen's header.
        menu: The agent's menu; with it the page is laid out as a back-office page.
        tools: The agents' top bar; none for who works nowhere yet.
        account: The agent's own menu, under *account_name*.
        sign_out_url: Where « Se déconnecter » posts to.
        phone, email: Contact of the organisation, in the footer and on error pages.
        office: It is an agents' page, whatever its menu holds.
        keys: Single keys may act: scripts that listen for them ask `data-keys` of the body (WCAG 2.1.4).
        to_set_up: Where « Mise en route » leads, while something is missing there: shown above the page.
        accessibility: The declared state, as the footer must say it: "none", "partial" or "full".
    """

    name: str
    home_url: str = "/"
    tagline: str = ""
    logo_url: str = ""
    links: tuple[Link, ...] = ()
    menu: tuple[Link, ...] = ()
    tools: Tools | None = None
    account_name: str = ""
    account: tuple[Link, ...] = ()
    sign_out_url: str = ""
    phone: str = ""
    email: str = ""
    office: bool = False
    keys: bool = True
    to_set_up: Link | None = None
    accessibility: str = "none"


def show_in(frame: Frame) -> None:
    """Show the page of this request in *frame*; the last one said wins."""
    g.frame = frame


def frame_of_request(default: Frame) -> Frame:
    """The frame said for this request, else *default*, whose name is a message of the catalogue."""
    frame: Frame | None = g.get("frame")
    return frame or replace(default, name=translated(default.name))
