"""One conversation about one folder and one Superset: all three sides, read and compared."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from foretell.dashboards.declared.descriptions import read_descriptions
from foretell.dashboards.declared.manifest import read_manifest, serving_file_of
from foretell.dashboards.declared.names import slug
from foretell.dashboards.declared.project import read_project
from foretell.dashboards.packed.packer import Files, pack
from foretell.dashboards.superset.access import address_of, credentials
from foretell.dashboards.superset.client import SupersetClient
from foretell.dashboards.sync.annotations import events_of
from foretell.dashboards.sync.applied import AppliedRecords
from foretell.dashboards.sync.assets import CodeAsset, code_assets
from foretell.dashboards.sync.compare import Verdict, compare
from foretell.dashboards.sync.live import live_assets
from foretell.dashboards.sync.live_roles import LiveRoles
from foretell.dashboards.sync.roles import role_assets, roles_by_dashboard
from foretell.dashboards.written.columns import check_chart_columns, describe_datasets
from foretell.dashboards.written.folder import read_assets, read_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from foretell.dashboards.superset.home import SupersetHome
    from foretell.dashboards.sync.assets import LiveAsset
    from foretell.dashboards.written.folder import Assets


@dataclass(frozen=True)
class Target:
    """Which folder of dashboards, of which dbt project, and which Superset.

    Without ``url`` it is the one that runs in the home.
    """

    dashboards: Path
    project_dir: Path
    url: str | None
    home: SupersetHome
    serving: Path | None = None


@dataclass(frozen=True)
class Written:
    """The code's side: what was read, the files to import, and what they make."""

    read: Assets
    files: Files
    assets: dict[str, CodeAsset]


@dataclass
class Compared:
    """The three sides and the verdicts on them."""

    client: SupersetClient
    written: Written
    records: AppliedRecords
    addresses: tuple[str, ...]
    roles: LiveRoles | None = None
    live: dict[str, LiveAsset] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    def look_again(self) -> None:
        """Read what is live now."""
        known = {uuid: record.kind for uuid, record in self.records.by_uuid.items()}
        known |= {uuid: asset.kind for uuid, asset in self.code.items()}
        self.live = live_assets(self.client, set(known), with_roles=self.roles is not None)
        if self.roles:
            by_name = {self.names[uuid]: uuid for uuid, kind in known.items() if kind == "role"}
            self.live |= self.roles.as_assets(by_name, self.live)

    @property
    def code(self) -> dict[str, CodeAsset]:
        """The code's objects by uuid."""
        return self.written.assets

    @property
    def names(self) -> dict[str, str]:
        """Names by uuid, for a reader."""
        recorded = {uuid: record.name for uuid, record in self.records.by_uuid.items()}
        return recorded | {uuid: asset.name for uuid, asset in self.code.items()}


def write_assets(target: Target, dashboards: Path | None = None) -> Written:
    """Read the folder, look up all that it mentions, and pack it.

    Raises:
        SupersetError: a file, relation or column is wrong.

    """
    root = dashboards or target.dashboards
    serving = _serving_file(target, root)
    assets = read_assets(root, read_project(target.project_dir, serving))
    descriptions = read_descriptions(target.project_dir)
    columns = describe_datasets(assets, serving)
    check_chart_columns(assets, columns)
    files = pack(assets, serving=serving, columns=columns, descriptions=descriptions)
    said = code_assets(files, events_of(assets), roles_by_dashboard(assets))
    return Written(assets, files, said)


def _serving_file(target: Target, root: Path) -> Path:
    said = read_database(root)
    if target.serving:
        return target.serving
    if said and said.serving_file:
        return target.project_dir / said.serving_file
    return serving_file_of(read_manifest(target.project_dir), target.project_dir)


@contextmanager
def compared(target: Target) -> Iterator[Compared]:
    """Check the folder, then read and compare; nothing is written.

    Raises:
        SupersetError: a file is wrong, or Superset cannot be reached, is too old or refuses.

    """
    written = write_assets(target)
    project = written.read.project
    url = address_of(target.home, target.url)
    user, password = credentials(target.home, url)
    with SupersetClient(url, user=user, password=password) as client:
        records = AppliedRecords(client, project)
        roles = None
        if written.read.roles or any(one.kind == "role" for one in records.by_uuid.values()):
            roles = LiveRoles(client)
            written.assets.update(role_assets(written.read, roles))
        state = Compared(
            client=client,
            written=written,
            records=records,
            roles=roles,
            addresses=tuple(
                f"{client.url}/superset/dashboard/{slug(project, name)}/"
                for name in written.read.dashboards
            ),
        )
        state.look_again()
        state.verdicts = compare(state.code, state.live, state.records.by_uuid)
        yield state
