"""A mail server for a developer's machine: it takes every mail, sends none on, and keeps them to be read.

Run as `python -m platform_core.embedded.inbox --port 2525 --folder var/inbox`. A mail is a file named by its
Message-ID: one that arrives twice under the same id is one mail, as it is in most people's mailboxes.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import signal
import sys
import threading
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.controller import Controller

SUFFIX = ".eml"
KEPT = 1000
MAX_BYTES = 20 * 1024 * 1024


class Inbox:
    """Handler of aiosmtpd that writes each mail into a folder, and drops the oldest beyond KEPT."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.keep(envelope.content)
        return "250 OK"

    def keep(self, content: bytes) -> Path:
        """Write one mail, whole or not at all; returns its file."""
        message_id = message_from_bytes(content)["Message-ID"] or str(uuid4())
        path = self.folder / (hashlib.sha256(message_id.encode()).hexdigest()[:32] + SUFFIX)
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_bytes(content)
            part.rename(path)
            self._drop_oldest()
        return path

    def _drop_oldest(self) -> None:
        files = sorted(self.folder.glob(f"*{SUFFIX}"), key=lambda file: file.stat().st_mtime)
        for file in files[: max(0, len(files) - KEPT)]:
            file.unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    """Serve on 127.0.0.1 until a stop signal."""
    parser = argparse.ArgumentParser(prog="inbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    controller = Controller(
        Inbox(options.folder), hostname="127.0.0.1", port=options.port, data_size_limit=MAX_BYTES
    )
    controller.start()
    stopped.wait()
    with contextlib.suppress(OSError):
        controller.stop()
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    raise SystemExit(main(sys.argv[1:]))
