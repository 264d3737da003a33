"""Where Superset lives: one private folder with its environment, its secrets and its logs."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO, TYPE_CHECKING

from foretell.errors import SupersetError
from foretell.ignored import ignore_contents

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_HOME = Path(".foretell") / "superset"
HOME_VARIABLE = "FORETELL_SUPERSET_HOME"
VENV_VARIABLE = "FORETELL_SUPERSET_VENV"
#: One of these is in every home that `up` or a push has begun.
_OWN = frozenset({"lock", "secret_key", "admin_password", "reader_password", "venv"})
#: A folder with one of these holds somebody's code.
_CODE = frozenset({".git", "dbt_project.yml", "pyproject.toml"})


@dataclass(frozen=True)
class SupersetHome:
    """Paths of one Superset: two homes are two servers that know nothing of each other."""

    root: Path

    @classmethod
    def locate(cls, path: Path | None = None) -> SupersetHome:
        """Home at ``path``, else where the environment says, else ``.foretell/superset``."""
        folder = path or Path(os.environ.get(HOME_VARIABLE) or DEFAULT_HOME)
        return cls(folder.expanduser().resolve())

    @property
    def venv(self) -> Path:
        """Superset's own Python environment; several homes may share one."""
        elsewhere = os.environ.get(VENV_VARIABLE)
        return Path(elsewhere).expanduser().absolute() if elsewhere else self.root / "venv"

    @property
    def metadata(self) -> Path:
        """SQLite file with Superset's users, charts and dashboards."""
        return self.root / "superset.db"

    @property
    def prepared(self) -> Path:
        """Says for which lock file the metadata was prepared; absent: not yet."""
        return self.root / "prepared"

    @property
    def process_file(self) -> Path:
        """What ``up`` started: process id, its start time, its address."""
        return self.root / "server.json"

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self.root / "superset.log"

    @property
    def setup_log(self) -> Path:
        """What the installation and the preparation wrote."""
        return self.root / "setup.log"

    @property
    def password_file(self) -> Path:
        """The generated password of the admin."""
        return self.root / "admin_password"

    @property
    def reader_password_file(self) -> Path:
        """The generated password of the role that Superset connects as to a warehouse."""
        return self.root / "reader_password"

    @property
    def secret_key_file(self) -> Path:
        """The generated key that signs sessions."""
        return self.root / "secret_key"

    def create(self) -> None:
        """Make the folder, readable by its owner only and ignored by git.

        Raises
        ------
        SupersetError
            It cannot be made, or holds what is not Superset's.
        """
        self._refuse_shared()
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
            ignore_contents(self.root)
            for path in self.root.iterdir():  # an older version left them to the umask
                if path.is_file() and not path.is_symlink():
                    path.chmod(0o600)
        except OSError as error:
            raise SupersetError(
                f"Superset's home {self.root} cannot be made: {error.strerror}. Choose another "
                f"with --home or {HOME_VARIABLE}."
            ) from error

    def _refuse_shared(self) -> None:
        """A password among somebody's files would be committed with them."""
        names = {path.name for path in self.root.iterdir()} if self.root.is_dir() else set()
        names -= {".gitignore"}
        if names and (names & _CODE or not names & _OWN):
            raise SupersetError(
                f"Superset's home {self.root} holds other things: {', '.join(sorted(names)[:5])}. "
                "A home is a folder of its own, because passwords lie in it: name a new or empty "
                f"one with --home or {HOME_VARIABLE}. If a Superset was started here before, end "
                "it, and move superset.db, secret_key, admin_password and prepared there."
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep a second ``up``, ``down`` or installation of the same home out meanwhile."""
        with (self.root / "lock").open("w") as handle:
            try:
                flock(handle, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise SupersetError(
                    f"Another foretell command is working in {self.root}. Wait until it has "
                    "ended, then try again."
                ) from None
            yield


def private(log: Path) -> IO[bytes]:
    """A log to append to, which its owner only may read."""
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def secret(path: Path) -> tuple[str, bool]:
    """Text of a secret file of mode 600, made when missing; True if it is new."""
    if path.exists() and (text := path.read_text().strip()):
        return text, False
    path.unlink(missing_ok=True)
    fresh = secrets.token_urlsafe(24)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(fresh + "\n")
    return fresh, True
