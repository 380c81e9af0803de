"""What every settings page of an organisation stands on: the organisation of the address, and the others one administers."""

from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from rdvdav.directory.organisation import Organisation
from rdvdav.policy.right import organisation_to_administer, organisations_to_administer
from rdvdav_web.agent.office import KEY, me

HERE = f"/organisation/<{KEY}:organisation_id>"
"""Where the pages of one organisation are."""


def administered(session: Session, organisation_id: int) -> Organisation:
    """The organisation of the address.

    Raises:
        NoSuchOrganisation: It does not exist, or not for this agent to administer.
    """
    return organisation_to_administer(session, me().id, organisation_id)


def page(session: Session, organisation: Organisation, template: str, current: str, **facts: Any) -> str:
    """A settings page of *organisation*; *current* is the tab it is under."""
    among = session.scalars(organisations_to_administer(me().id)).all()
    return render_template(template, organisation=organisation, among=among, current=current, **facts)
