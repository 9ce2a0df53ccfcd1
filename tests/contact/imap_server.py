"""A real IMAP server (Dovecot) on loopback, from a configuration of its own, with mailboxes in a temporary folder."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

USER, PASSWORD = "replies", "throw-away"

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
mail_max_userip_connections = 200
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class ImapServer:
    """Where it listens, and a way to put a mail into the mailbox as a mail server would."""

    port: int
    log: Path | None = None

    def put(self, raw: bytes) -> None:
        """Deliver one mail."""
        self.wait()
        with imaplib.IMAP4("127.0.0.1", self.port) as connection:
            connection.login(USER, PASSWORD)
            answer, said = connection.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
        assert answer == "OK", said

    def wait(self, seconds: float = 60) -> None:
        """Until it opens the mailbox: a busy machine lets it listen, and refuse SELECT for a while."""
        said: object = None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with imaplib.IMAP4("127.0.0.1", self.port, timeout=5) as connection:
                    connection.login(USER, PASSWORD)
                    answer, said = connection.select("INBOX")
                    if answer == "OK":
                        return
            except (OSError, imaplib.IMAP4.error) as error:
                said = error
            time.sleep(0.1)
        log = self.log.read_text() if self.log and self.log.exists() else ""
        pytest.fail(f"the IMAP server does not open the mailbox: {said!r}\n{log}")


def server_or_skip() -> str:
    """Dovecot's program. Skips without one, and fails where everything is required."""
    found = shutil.which("dovecot") or ("/usr/sbin/dovecot" if Path("/usr/sbin/dovecot").exists() else "")
    if not found and os.environ.get("KAJING_REQUIRE_ALL") == "1":
        pytest.fail("dovecot-imapd is not installed")
    if not found:
        pytest.skip("no IMAP server: install dovecot-imapd")
    return found


@contextmanager
def imap_server(folder: Path) -> Iterator[ImapServer]:
    """A server that runs as long as the block."""
    program = server_or_skip()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    me = pwd.getpwuid(os.getuid())
    # As root the server gives its processes up to the users of its package, and mailboxes to nobody.
    owner = pwd.getpwnam("nobody") if me.pw_uid == 0 else me
    internal, login = ("dovecot", "dovenull") if me.pw_uid == 0 else (me.pw_name, me.pw_name)
    for name in ("run", "mail"):
        (folder / name).mkdir()
    if me.pw_uid == 0:
        os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
        for part in (folder, *folder.parents):
            if part.owner() == "root" and part != Path("/") and part.stat().st_mode & 0o001 == 0:
                part.chmod(part.stat().st_mode | 0o001)
    import grp

    group = grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name
    conf = folder / "dovecot.conf"
    conf.write_text(
        CONFIG.format(
            folder=folder, internal=internal, internal_group=group, login=login, password=PASSWORD, uid=owner.pw_uid,
            gid=owner.pw_gid, port=port,
        )
    )  # fmt: skip
    process = subprocess.Popen([program, "-F", "-c", str(conf)])
    server = ImapServer(port, folder / "log")
    try:
        server.wait()
        yield server
    finally:
        process.terminate()
        process.wait(timeout=10)
