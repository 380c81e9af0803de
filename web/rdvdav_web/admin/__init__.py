"""Settings: of an organisation for its admins, of a territory for its own (ux 10). All below /agent, for who is signed in."""

from rdvdav_web.admin import (
    embedding,
    errors,
    members,
    messages,
    motifs,
    organisation,
    places,
    rights,
    setting_up,
    teams,
    territory,
    webhooks,
)

__all__ = ["PAGES", "errors"]

PAGES = (setting_up, organisation, places, motifs, members, messages, embedding, territory, rights, teams, webhooks)
"""What the agents' pages register beside their own."""
