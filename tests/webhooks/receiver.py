"""A receiver over real HTTP that misbehaves on request, and reads a delivery as the documentation says."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class Receiver:
    """Answers each delivery with the next of *answers*, then 204; keeps what it accepted.

    An answer is a status, « hang up », « drip » or « stall ».
    """

    secret: str = ""
    answers: list[Any] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    tries: list[str] = field(default_factory=list)
    """Ids, as they came."""
    url: str = ""
    over: Event = field(default_factory=Event)

    def accept(self, headers: Any, body: bytes) -> bool:
        """Whether the signature is one of the secret, over what is documented."""
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        versions = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
        return any(hmac.compare_digest(each, wanted) for version, each in versions if version == "v1")


@contextmanager
def receiving(secret: str = "", *answers: Any) -> Iterator[Receiver]:
    """A receiver on this machine."""
    receiver = Receiver(secret, list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.tries.append(self.headers["webhook-id"])
            answer = receiver.answers.pop(0) if receiver.answers else 204
            if answer == "hang up":
                self.connection.close()
                return
            if answer == "stall":
                receiver.over.wait(30)
                return
            if answer == "drip":
                while not receiver.over.wait(0.05):
                    self.wfile.write(b"H")
                    self.wfile.flush()
                return
            if receiver.secret and not receiver.accept(self.headers, body):
                answer = 401
            if answer == 204:
                receiver.taken.append(json.loads(body))
            self.send_response(answer)
            if 300 <= answer < 400:
                self.send_header("Location", "http://169.254.169.254/latest")
            self.send_header("Content-Length", "0" if answer == 204 else "4")
            self.end_headers()
            if answer != 204:
                self.wfile.write(b"why?")

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]  # hanging up is meant
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/rdv"
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
