"""The web door: citizens' portal, agents' pages, webcal feeds. `create_app` is handed all it needs."""

from flask import Flask

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.federation.provider import providers_of
from rdvdav.i18n import N_
from rdvdav.policy.installation import installation
from rdvdav.settings import Settings
from rdvdav_web import (
    agent,
    citizen,
    demonstration,
    embedding,
    errors,
    monitoring,
    passwords,
    receipts,
    security,
    signin,
    theme,
    webcal,
    wellknown,
)
from rdvdav_web.frame import Frame
from rdvdav_web.transaction import House


def create_app(database: Database, clock: Clock, settings: Settings) -> Flask:
    """The Flask application on *database*, which is migrated and settled.

    Raises:
        SettingsUnreadable: An identity provider can't be used.
    """
    app = Flask(__name__)
    app.extensions["rdvdav"] = House(database, clock, settings)
    providers_of(settings)  # what can't be used is refused now, not when the first citizen comes
    with database.reading() as session:
        app.secret_key = installation(session).signing_key
    theme.install(app, Frame(name=N_("Appointments")))
    embedding.install(app)
    security.install(app, settings.public_url)
    errors.install(app)
    signin.install(app)
    app.register_blueprint(passwords.views)
    app.register_blueprint(receipts.views)
    app.register_blueprint(monitoring.views)
    app.register_blueprint(agent.views)
    app.register_blueprint(citizen.views)
    app.register_blueprint(webcal.views)
    app.register_blueprint(wellknown.views)
    if settings.demonstration:
        app.register_blueprint(demonstration.views)
    return app
