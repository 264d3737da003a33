"""Who has started a run, and of which commit."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from foretell.run.origin import git_commit, started_by

if TYPE_CHECKING:
    from pathlib import Path

CI = (
    *("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILDKITE_BUILD_CREATOR", "CIRCLE_USERNAME"),
    *("GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT", "CIRCLE_SHA1", "DBT_CLOUD_GIT_SHA"),
)


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CI:
        monkeypatch.delenv(name, raising=False)


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", *who, *args], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_commit_is_known_and_that_files_differ(tmp_path: Path) -> None:
    clean, changed = tmp_path / "clean", tmp_path / "changed"
    for folder in (clean, changed):
        folder.mkdir()
        git(folder, "init", "--quiet")
        (folder / "model.sql").write_text("select 1")
        git(folder, "add", "-A")
        git(folder, "commit", "--quiet", "--message", "one")
    commit = git(clean, "rev-parse", "HEAD")
    assert git_commit(clean) == commit
    (changed / "model.sql").write_text("select 2")
    assert git_commit(changed) == git(changed, "rev-parse", "HEAD") + "-dirty"


def test_without_git_there_is_no_commit(tmp_path: Path) -> None:
    assert git_commit(tmp_path) is None
    assert git_commit(tmp_path / "absent") is None


def test_a_ci_system_says_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_COMMIT_SHA", "abc")
    monkeypatch.setenv("GITLAB_USER_LOGIN", "ada")
    assert git_commit(tmp_path) == "abc"
    assert started_by(None) == "ada"
    assert started_by("loader") == "loader", "the target's user comes first"
