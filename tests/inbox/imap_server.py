"""An IMAP server of one folder, as much of RFC 9051 as reading it needs, spoken over a real socket."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

_PARTIAL = re.compile(rb"<0\.(\d+)>")


@dataclass
class Folder:
    """The mails by UID, and which are seen. *said* is all that was asked, but the password."""

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)


def _serve(line: socket.socket, folder: Folder) -> None:
    with line, line.makefile("rb") as heard:
        line.sendall(b"* OK IMAP4rev1 ready\r\n")
        for command in heard:
            tag, _space, rest = command.strip().partition(b" ")
            verb = rest.upper()
            folder.said.append(rest.decode().partition(" ")[0] if verb.startswith(b"LOGIN") else rest.decode())
            done = b"OK done"
            if verb.startswith(b"CAPABILITY"):
                line.sendall(b"* CAPABILITY IMAP4rev1\r\n")
            elif verb.startswith(b"LOGIN") and b"secret" not in rest:
                done = b"NO [AUTHENTICATIONFAILED] no"
            elif verb.startswith(b"SELECT") and b"INBOX" not in rest:
                done = b"NO no such folder"
            elif verb.startswith(b"UID SEARCH UNSEEN"):
                unseen = " ".join(str(uid) for uid in sorted(folder.mails) if uid not in folder.seen)
                line.sendall(f"* SEARCH {unseen}\r\n".encode())
            elif verb.startswith(b"UID FETCH"):
                uid, most = int(rest.split()[2]), _PARTIAL.search(rest)
                mail = folder.mails[uid][: int(most[1])] if most else b""
                line.sendall(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(mail)}}}\r\n".encode() + mail + b")\r\n")
            elif verb.startswith(b"UID STORE"):
                folder.seen.add(int(rest.split()[2]))
            line.sendall(tag + b" " + done + b"\r\n")
            if verb.startswith(b"LOGOUT"):
                return


@contextmanager
def mailbox(*mails: bytes) -> Iterator[tuple[Folder, str]]:
    """A folder that holds *mails*, and its address for `inbox_url`."""
    folder = Folder(dict(enumerate(mails, 1)))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    line, _who = server.accept()
                except OSError:
                    return
                Thread(target=_serve, args=(line, folder), daemon=True).start()

        Thread(target=listen, daemon=True).start()
        yield folder, f"imap://rdv%40example.test:secret@127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
