"""Every table of the house, imported once: for migrations, and for what walks over the metadata."""

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.agenda.claim import Claim, Outline
from rdvdav.agenda.freed import Freed
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.participation import Answer, Participation
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.audit.entry import AuditEntry
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation, CitizenWord
from rdvdav.citizens.identity import CitizenIdentity
from rdvdav.citizens.link import EmailProof, Link
from rdvdav.citizens.referent import CitizenReferent
from rdvdav.citizens.referrer import Referrer
from rdvdav.database import Base
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership, TerritoryAdmin
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import HolidayChange, Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.team import Team, TeamMember
from rdvdav.directory.territory import Territory
from rdvdav.feeds.access import AppPassword
from rdvdav.feeds.address import FeedAddress
from rdvdav.feeds.citizen_events import CitizenEvent, CitizenFeed
from rdvdav.feeds.follow import Following
from rdvdav.feeds.object import CalendarObject, Collection, Occurrence
from rdvdav.feeds.republish import Republication
from rdvdav.notify.wording import MailTemplate
from rdvdav.outbox.blocked import BlockedAddress
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import Installation
from rdvdav.policy.password_link import PasswordLink
from rdvdav.policy.session import WebSession
from rdvdav.policy.sign_on import SignOn
from rdvdav.policy.throttle import ThrottleCounter
from rdvdav.webhooks import follow
from rdvdav.webhooks.webhook import Delivery, Webhook

metadata = Base.metadata

__all__ = [
    "Absence",
    "Agenda",
    "Agent",
    "AgentService",
    "Answer",
    "AppPassword",
    "Appointment",
    "AuditEntry",
    "BlockedAddress",
    "BookingInvitation",
    "CalendarObject",
    "Citizen",
    "CitizenEvent",
    "CitizenFeed",
    "CitizenIdentity",
    "CitizenOrganisation",
    "CitizenReferent",
    "CitizenWord",
    "Claim",
    "Collection",
    "Delivery",
    "EmailProof",
    "FeedAddress",
    "Following",
    "Freed",
    "Hold",
    "HoldClaim",
    "HolidayChange",
    "Installation",
    "Link",
    "MailTemplate",
    "Membership",
    "Message",
    "Motif",
    "Occurrence",
    "OpeningRange",
    "OpeningRangeMotif",
    "Organisation",
    "Outline",
    "Participation",
    "PasswordLink",
    "Place",
    "Referrer",
    "Republication",
    "Service",
    "SignOn",
    "Team",
    "TeamMember",
    "Territory",
    "TerritoryAdmin",
    "ThrottleCounter",
    "WaitingListEntry",
    "WebSession",
    "Webhook",
    "follow",
    "metadata",
]
