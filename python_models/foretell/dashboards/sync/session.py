"""One conversation about one folder and one Superset: all three sides, compared, and what to do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from foretell.dashboards.declared.manifest import (
    WAREHOUSE,
    descriptions_of,
    read_manifest,
    served_in,
    serving_file_of,
    slug,
)
from foretell.dashboards.declared.project import read_project
from foretell.dashboards.declared.serving_copy import ServingCopy
from foretell.dashboards.packed.packer import Files, pack
from foretell.dashboards.superset.access import address_of, credentials
from foretell.dashboards.superset.client import SupersetClient
from foretell.dashboards.sync.annotations import events_of
from foretell.dashboards.sync.applied import AppliedRecords
from foretell.dashboards.sync.assets import ALL_KINDS, CodeAsset, code_assets
from foretell.dashboards.sync.compare import Status, Verdict, compare_asset
from foretell.dashboards.sync.live import live_assets
from foretell.dashboards.sync.live_roles import LiveRoles
from foretell.dashboards.sync.reader import read_as_reader
from foretell.dashboards.sync.roles import role_assets, roles_by_dashboard
from foretell.dashboards.written.columns import check_chart_columns, describe_datasets
from foretell.dashboards.written.folder import read_assets, read_database
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from foretell.dashboards.superset.home import SupersetHome
    from foretell.dashboards.sync.assets import LiveAsset
    from foretell.dashboards.written.folder import Assets
    from foretell.warehouse.served import Served


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
    served: Served


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
        kinds = {uuid: record.kind for uuid, record in self.records.by_uuid.items()}
        kinds |= {uuid: asset.kind for uuid, asset in self.code.items()}
        self.live = live_assets(self.client, set(kinds), with_roles=self.roles is not None)
        if self.roles:
            by_name = {self.names[uuid]: uuid for uuid, kind in kinds.items() if kind == "role"}
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


def write_assets(target: Target, served: Served, dashboards: Path | None = None) -> Written:
    """Read the folder, look up all that it mentions, and pack it.

    Raises
    ------
    SupersetError
        A file, relation or column is wrong.
    """
    root = dashboards or target.dashboards
    assets = read_assets(root, read_project(target.project_dir, served))
    descriptions = descriptions_of(read_manifest(target.project_dir))
    columns = describe_datasets(assets, served)
    check_chart_columns(assets, columns)
    files = pack(assets, served=served, columns=columns, descriptions=descriptions)
    code = code_assets(files, events_of(assets), roles_by_dashboard(assets))
    return Written(assets, files, code, served)


def _served(target: Target, *, is_push: bool) -> Served:
    """What dashboards read: the serving copy, or the warehouse itself as a role of its own."""
    manifest = read_manifest(target.project_dir)
    database = read_database(target.dashboards)
    if target.serving:
        return ServingCopy(target.serving)
    if database and database.serving_file:
        return ServingCopy(target.project_dir / database.serving_file)
    if served_in(manifest) == WAREHOUSE:
        return read_as_reader(target.project_dir, target.home, make=is_push)
    return ServingCopy(serving_file_of(manifest, target.project_dir))


@contextmanager
def compared(target: Target, *, is_push: bool = False) -> Iterator[Compared]:
    """Check the folder, then read and compare; nothing is written.

    Parameters
    ----------
    is_push
        Whether the role that dashboards connect as is made, and its rights renewed.

    Raises
    ------
    SupersetError
        A file is wrong, or Superset cannot be reached, is too old or refuses.
    """
    written = write_assets(target, _served(target, is_push=is_push))
    project = written.read.project
    url = address_of(target.home, target.url)
    user, password = credentials(target.home, url)
    with SupersetClient(url, user=user, password=password) as client:
        records = AppliedRecords(client, project)
        roles = None
        if written.read.roles or any(record.kind == "role" for record in records.by_uuid.values()):
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
        state.verdicts = compare_asset(state.code, state.live, state.records.by_uuid)
        yield state


@dataclass(frozen=True)
class Choice:
    """What to do where code and Superset cannot both be right.

    Attributes
    ----------
    ours
        Overwrite what was edited in Superset.
    theirs
        Keep it, and stop asking until the code changes that object.
    remove
        Delete what the code no longer has.
    names
        Only these objects, or folders of them; empty: all.

    """

    ours: bool = False
    theirs: bool = False
    remove: bool = False
    names: Sequence[str] = ()

    def covers(self, verdict: Verdict) -> bool:
        """Whether the object is among those that were named."""
        return not self.names or any(
            verdict.name == name or verdict.name.startswith(f"{name}/") for name in self.names
        )


def refuse_unknown_names(choice: Choice, state: Compared) -> None:
    for name in choice.names:
        if not any(Choice(names=[name]).covers(verdict) for verdict in state.verdicts):
            raise SupersetError(
                f"There is no object {name!r}. There is: "
                f"{', '.join(sorted({verdict.name for verdict in state.verdicts}))}."
            )


def waiting(state: Compared, wanted: AbstractSet[str]) -> dict[str, Verdict]:
    """For each object that cannot be sent now, the one that it waits for.

    A chart waits for its dataset when the code changes that too, for the chart may use the
    change; a page waits for charts that Superset does not have yet.
    """
    verdicts = {verdict.uuid: verdict for verdict in state.verdicts}
    blocked: dict[str, Verdict] = {}
    for kind in ALL_KINDS:
        for asset in state.code.values():
            if asset.kind != kind or asset.uuid not in wanted:
                continue
            for uuid in asset.needs:
                need = verdicts.get(uuid)
                if need is None or (uuid in wanted and uuid not in blocked):
                    continue
                absent = uuid not in state.live
                behind = kind == "chart" and (need.changes or need.status is Status.CHANGED)
                if absent or behind:
                    blocked[asset.uuid] = need
                    break
    return blocked


@dataclass(frozen=True)
class Differences:
    """Verdicts on all that is not the same on both sides, and names for a reader."""

    verdicts: tuple[Verdict, ...]
    names: Mapping[str, str]


def diff(target: Target, names: Sequence[str] = ()) -> Differences:
    """Compare code, record and Superset.

    Raises
    ------
    SupersetError
        A file is wrong, or Superset cannot be reached, is too old or refuses.
    """
    choice = Choice(names=names)
    with compared(target) as state:
        refuse_unknown_names(choice, state)
        quiet = {Status.SAME, Status.FORGOTTEN}
        verdicts = [
            verdict
            for verdict in state.verdicts
            if verdict.status not in quiet and choice.covers(verdict)
        ]
        return Differences(tuple(verdicts), state.names)
