"""Who started a run, and of which commit the project's files were."""

from __future__ import annotations

import getpass
import os
import subprocess
from functools import cache
from pathlib import Path

#: Who pushed, and what, as the CI systems say it.
_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILDKITE_BUILD_CREATOR", "CIRCLE_USERNAME")
_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT", "CIRCLE_SHA1", "DBT_CLOUD_GIT_SHA")


def started_by(target_user: str | None) -> str | None:
    """The user of the target where it has one, else the CI's actor, else the system's user."""
    return target_user or _first(_ACTORS) or _system_user()


@cache
def git_commit(folder: Path) -> str | None:
    """The commit of a folder, `-dirty` behind it where files differ; None without git."""
    commit = _first(_COMMITS)
    if commit:
        return commit
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        described = subprocess.run(  # noqa: S603
            describe, cwd=folder, capture_output=True, text=True, check=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip() or None


def _first(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def _system_user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None
