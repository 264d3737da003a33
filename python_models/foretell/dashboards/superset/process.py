"""The running server: remembered so that only what was started here is ever ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from foretell.errors import SupersetError


@dataclass(frozen=True)
class ServerProcess:
    """A started server: process ids are used again, so its start time belongs to its name."""

    pid: int
    started: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """Address to open in a browser."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether that very process still runs."""
        return start_time(self.pid) == self.started

    def save(self, path: Path) -> None:
        """Write to ``path`` in one step."""
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)) + "\n")
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> ServerProcess | None:
        """The server that ``path`` remembers if it runs; a stale file is removed."""
        try:
            server = cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            path.unlink(missing_ok=True)
            return None
        if server.is_running:
            return server
        path.unlink(missing_ok=True)
        return None

    def stop(self, *, seconds: float = 15) -> None:
        """End the server and its workers, first politely."""
        for kind, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
            if not self.is_running:
                return
            # It was started as the leader of its own group: the workers are in it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, kind)
            deadline = time.monotonic() + patience
            while self.is_running and time.monotonic() < deadline:
                time.sleep(0.1)
        if self.is_running:
            raise SupersetError(f"Superset's process {self.pid} does not end; end it yourself.")


def start_time(pid: int) -> str | None:
    """When process ``pid`` started, in the system's own units; None if there is none."""
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that ended would stay as a zombie
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            # The name, in brackets, may hold blanks: read after it. Field 22 is the start.
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    listed = subprocess.run(  # noqa: S603
        ["ps", "-p", str(pid), "-o", "lstart="],  # noqa: S607 - where /proc is missing
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.strip() or None
