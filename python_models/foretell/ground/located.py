"""YAML that knows where it stands: values with the line on which each was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, cast

import yaml

Path = Sequence[str | int]


@dataclass(frozen=True)
class Located:
    """A YAML document, and the tree that it was read from.

    Attributes
    ----------
    value
        Plain Python values, None for an empty document.
    """

    value: Any
    _root: yaml.Node | None

    def line(self, path: Path) -> int:
        """The line, from 1, of the value at a path such as ``("input", 2, "kwargs")``.

        Where the path leads to nothing, the line of the last part that is there.
        """
        node = self._root
        for part in path:
            below = _child(node, part)
            if below is None:
                break
            node = below
        return node.start_mark.line + 1 if node is not None else 1


def read_located(text: str) -> Located:
    """Read one YAML document, safely.

    Raises
    ------
    yaml.YAMLError
        It is none; `error_line` says where.
    """
    return Located(yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader))


def error_line(error: yaml.YAMLError) -> int | None:
    """The line, from 1, that a YAML error is about."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark else None


def _child(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                # A scalar's own line is its key's, whatever stands between them.
                place: yaml.Node = key if isinstance(value, yaml.ScalarNode) else value
                return place
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return cast(yaml.Node, node.value[part])
    return None


def place_in_yaml(file: str, folder: FilePath, model: str, path: Path) -> str:
    """Where a key of a dbt model's properties stands, as ``models/gym.yml:12``.

    The file alone where that cannot be told: it is in another package, or Jinja makes it.

    Parameters
    ----------
    file, folder
        As dbt names it, and the project in which it does.
    path
        Such as ``("config", "meta", "prediction", "horizon")``.
    """
    try:
        text = (folder / file).read_text(encoding="utf-8")
        located = read_located(text)
        models = located.value["models"]
        (at,) = (at for at, properties in enumerate(models) if properties["name"] == model)
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return file
    return f"{file}:{located.line(('models', at, *path))}"
