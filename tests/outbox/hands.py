"""Workers in processes of their own.

It stands beside the tests because a process that is started afresh imports what it runs by name.
"""

from time import monotonic, sleep

from outbox.post import Office
from processes import processes

import rdvdav.tables  # noqa: F401 - a process must know them all, as each command does
from rdvdav.clock import SystemClock
from rdvdav.database import Database
from rdvdav.settings import Settings
from rdvdav.worker import Worker


def work(url: str, smtp_url: str, folder: str) -> None:
    """A worker in a process of its own, until it is killed."""
    settings = Settings(smtp_url=smtp_url, mail_from="rdv@example.test", mail_folder=folder)
    Worker.of(Database(url), SystemClock(), settings).run()


def run_workers(database: Database, smtp_url: str, folder: str, office: Office, until: int) -> None:
    """Let two workers send until *office* has taken in *until* messages, and see that nothing follows."""
    url = database.url.render_as_string(hide_password=False)
    context = processes()
    workers = [context.Process(target=work, args=(url, smtp_url, folder), daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    deadline = monotonic() + 60
    try:
        while len(office.ids) < until and monotonic() < deadline:
            assert all(worker.is_alive() for worker in workers), "a worker ended by itself"
            sleep(0.02)
        sleep(1)  # anything sent twice would come now
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
