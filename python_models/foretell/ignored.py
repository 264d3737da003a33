"""Folders that foretell makes are nobody's source code: they keep themselves out of git."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = """\
# Written by foretell, which made this folder: git ignores what is in it.
*
"""


def ignore_contents(folder: Path) -> None:
    """Write a ``.gitignore`` for all that ``folder`` holds, unless there is one already."""
    with (
        contextlib.suppress(FileExistsError),
        (folder / ".gitignore").open("x", encoding="utf-8") as file,
    ):
        file.write(_TEXT)


def make_ignored(folder: Path) -> None:
    """Make a folder and those above it; one that is there already stays as it is."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        ignore_contents(folder)
