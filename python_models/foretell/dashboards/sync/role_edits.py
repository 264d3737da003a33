"""Who sees a dashboard, written into ``roles.yaml`` as somebody gave it in Superset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruamel.yaml.comments import CommentedMap

from foretell.dashboards.written.yaml_text import as_written, dump, load

if TYPE_CHECKING:
    from collections.abc import Collection


def given(text: str, role: str, dashboard: str, *, everything: Collection[str]) -> str:
    """The file with one more dashboard for a role, which may be one that it did not name yet."""
    document = load(text)
    said = document.setdefault(role, CommentedMap())
    said["dashboards"] = as_written([*_listed(said, everything), dashboard])
    if len(said) == 1:
        said.fa.set_flow_style()
    return dump(document)


def taken(text: str, role: str, dashboard: str, *, everything: Collection[str]) -> str:
    """The file with one dashboard less for a role; one that had `all` has all others."""
    document = load(text)
    said = document[role]
    said["dashboards"] = as_written([one for one in _listed(said, everything) if one != dashboard])
    return dump(document)


def _listed(said: CommentedMap, everything: Collection[str]) -> list[str]:
    named = said.get("dashboards", ())
    return sorted(everything) if named == "all" else list(named)
