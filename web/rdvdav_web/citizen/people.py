"""For whom a booking is: the person signed in, or a relative whom the address names (3.10, B11)."""

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.booking.mine import seated_of
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.relative import relatives_of
from rdvdav.directory.motif import Motif
from rdvdav_web.citizen.people_forms import ContactForm
from rdvdav_web.citizen.portal import for_whom


def booked_for(session: Session, citizen: Citizen) -> Citizen | None:
    """The relative whom the address names, else the citizen; None while somebody with relatives has not said for whom it is."""
    relatives = {each.id: each for each in relatives_of(session, citizen.id)}
    return ({citizen.id: citizen} | relatives).get(for_whom() or 0, None if relatives else citizen)


def seated_for(appointment: Appointment, citizen: Citizen) -> Citizen:
    """Whose seat the address means, of the citizen's and their relatives'; the appointment is one of theirs."""
    people = {each.id: each for each in seated_of(appointment, citizen.id)}
    return people.get(for_whom() or 0, next(iter(people.values())))


def lacks(citizen: Citizen, motif: Motif) -> bool:
    """Whether the motif needs what is not known of the person."""
    needs = ContactForm.needs_of(motif)
    return ("phone" in needs and not citizen.called) or ("birth_date" in needs and citizen.birth_date is None)
