"""Bring ``dashboards/`` into a Superset: all checks first, then one import, or nothing at all."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretell.dashboards.annotations import put_events
from foretell.dashboards.client import SupersetClient
from foretell.dashboards.descriptions import read_descriptions
from foretell.dashboards.folder import Assets, read_assets, read_database
from foretell.dashboards.packer import content_hash, pack, slug, stable_uuid, to_zip
from foretell.dashboards.project import read_project
from foretell.dashboards.server import ADMIN
from foretell.dashboards.serving_file import check_chart_columns, describe_datasets
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from pathlib import Path

    from foretell.dashboards.home import SupersetHome


@dataclass(frozen=True)
class Pushed:
    """Addresses of the dashboards, and whether anything had to be sent."""

    addresses: tuple[str, ...]
    changed: bool
    charts: int


def push(
    *,
    dashboards: Path,
    project_dir: Path,
    url: str,
    home: SupersetHome,
    serving: Path | None = None,
    force: bool = False,
) -> Pushed:
    """Import every dashboard of a folder; what is there already is left as it is.

    Raises:
        SupersetError: a file, relation or column is wrong, or Superset does not take it.
            Nothing was changed then.

    """
    said = read_database(dashboards).serving_file
    project = read_project(project_dir, serving or (project_dir / said if said else None))
    link = project.serving
    assets = read_assets(dashboards, project)
    descriptions = read_descriptions(project_dir)
    columns = describe_datasets(assets, link)
    check_chart_columns(assets, columns)
    files = pack(assets, serving=link, columns=columns, descriptions=descriptions)
    # Events are put after the import, so they are no part of the files.
    events = {"events": repr([folder.charts for folder in assets.dashboards.values()])}
    digest = content_hash({**files, **events})
    addresses = tuple(
        f"{url.rstrip('/')}/superset/dashboard/{slug(name)}/" for name in assets.dashboards
    )
    charts = sum(len(folder.charts) for folder in assets.dashboards.values())
    user, password = _credentials(home)
    with SupersetClient(url, user=user, password=password) as client:
        if not force and _remembered(home).get(client.url) == digest and _is_live(client, assets):
            return Pushed(addresses, changed=False, charts=charts)
        client.import_assets(to_zip(files))
        put_events(client, assets, _chart_ids(client, assets))
        _remember(home, client.url, digest)
    return Pushed(addresses, changed=True, charts=charts)


def _credentials(home: SupersetHome) -> tuple[str, str]:
    user = os.environ.get("FORETELL_SUPERSET_USER", ADMIN)
    if password := os.environ.get("FORETELL_SUPERSET_PASSWORD"):
        return user, password
    try:
        return user, home.password_file.read_text().strip()
    except OSError:
        raise SupersetError(
            f"No password for Superset's user {user!r}: {home.password_file} is missing. Start "
            "one with `foretell superset up`, or, for a Superset of your own, set "
            "FORETELL_SUPERSET_USER and FORETELL_SUPERSET_PASSWORD."
        ) from None


def _is_live(client: SupersetClient, assets: Assets) -> bool:
    live = _live_charts(client, assets)
    return live is not None and set(_uuids(assets)) <= set(live)


def _chart_ids(client: SupersetClient, assets: Assets) -> dict[str, int]:
    live = _live_charts(client, assets)
    if live is None or (missing := set(_uuids(assets)) - set(live)):
        raise SupersetError(
            f"Superset at {client.url} took the import but does not show all of it"
            f"{'' if live is None else f'; missing: {sorted(missing)}'}. Its log may say why."
        )
    return live


def _uuids(assets: Assets) -> list[str]:
    return [
        stable_uuid("chart", folder, name)
        for folder, dashboard in assets.dashboards.items()
        for name in dashboard.charts
    ]


def _live_charts(client: SupersetClient, assets: Assets) -> dict[str, int] | None:
    """Ids of all charts by uuid; None when a dashboard is gone."""
    for folder in assets.dashboards:
        if client.find(f"/api/v1/dashboard/{slug(folder)}") is None:
            return None
    found: dict[str, int] = {}
    page = 0
    while True:
        query = f"(columns:!(id,uuid),page:{page},page_size:100)"
        rows = client.get(f"/api/v1/chart/?q={query}")["result"]
        found |= {row["uuid"]: row["id"] for row in rows}
        if len(rows) < 100:
            return found
        page += 1


def _remembered(home: SupersetHome) -> dict[str, str]:
    try:
        content = json.loads(home.pushed.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _remember(home: SupersetHome, url: str, digest: str) -> None:
    home.create()
    home.pushed.write_text(json.dumps({**_remembered(home), url: digest}, indent=1) + "\n")
