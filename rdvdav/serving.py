"""The doors mounted together: Flask at `/`, CalDAV at `/dav`, as one WSGI application (architecture: Shape)."""

import gc
import logging
import sys
from threading import Thread
from wsgiref.types import WSGIApplication

from waitress.server import create_server
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from rdvdav import settings as all_settings
from rdvdav.clock import Clock, SystemClock
from rdvdav.database import Database
from rdvdav.migrations import is_current
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings
from rdvdav.worker import Worker
from rdvdav_radicale import make_application
from rdvdav_web import create_app

THREADS = 16
SWITCH_SECONDS = 0.002
GARBAGE_AFTER = 50_000
"""New objects after which Python looks for garbage; a page of slots leaves it some 1,700."""
LARGEST_BODY = 12 * 1024 * 1024
"""What the server takes in before the doors refuse it with a page of their own; beyond, it refuses itself."""


class NotMigrated(Exception):
    """The schema is older or newer than this version: `rdvdav migrate` first."""


def require_current(database: Database) -> None:
    """Start nothing on a schema of another version.

    Raises:
        NotMigrated: It is.
    """
    if not is_current(database):
        raise NotMigrated("The database's schema is not that of this version. Run `rdvdav migrate`, then start again.")


def build(database: Database, clock: Clock, settings: Settings) -> WSGIApplication:
    """The whole application on *database*; writes into it what the settings say.

    Raises:
        NotMigrated: The schema is not at this version's revision.
    """
    require_current(database)
    with database.transaction() as session:
        settle(session, settings)
    web = create_app(database, clock, settings)
    web.wsgi_app = DispatcherMiddleware(web.wsgi_app, {"/dav": make_application(database, clock, settings)})  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        return ProxyFix(web, x_for=hops, x_proto=hops, x_host=hops)
    return web


def application() -> WSGIApplication:
    """For gunicorn: `gunicorn 'rdvdav.serving:application()'`. One database pool per process, made after the fork."""
    settings = all_settings.load()
    logging.basicConfig(level=settings.log_level)
    database = Database(settings.database_url, read_url=settings.database_read_url)
    application = build(database, SystemClock(), settings)
    _settle_in()
    return application


def _settle_in() -> None:
    """Prepare a process that only serves from now on.

    What is loaded by now stays, and is not looked through for garbage any more; what comes later, templates and statements, seldom.
    And who has an answer of the database waits less for a thread that computes: Python's 5 ms could come on top of each statement.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 20, 20)
    sys.setswitchinterval(SWITCH_SECONDS)


def serve(database: Database, settings: Settings, host: str, port: int, *, worker: bool = True) -> None:
    """Serve from this process until interrupted, with a worker thread unless others run elsewhere."""
    clock = SystemClock()
    server = create_server(
        build(database, clock, settings),
        host=host,
        port=port,
        threads=THREADS,
        max_request_body_size=LARGEST_BODY,
        ident=None,
        # waitress drops X-Forwarded headers by default; with proxies in front, ProxyFix believes that many of them.
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
    )
    _settle_in()
    loop = Worker.of(database, clock, settings)
    thread = Thread(target=loop.run, name="worker")
    if worker:
        thread.start()
    try:
        server.run()
    finally:
        loop.stop.set()
        server.close()
        if worker:
            thread.join()
