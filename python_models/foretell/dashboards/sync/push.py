"""Bring ``dashboards/`` into a Superset: all checks first, then one import, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from foretell.dashboards.packed.packer import to_zip
from foretell.dashboards.sync.annotations import put_events
from foretell.dashboards.sync.compare import PROTECTED, Record, Status, Verdict
from foretell.dashboards.sync.removal import remove_assets
from foretell.dashboards.sync.roles import put_roles
from foretell.dashboards.sync.session import Choice, compared, refuse_unknown_names, waiting
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from foretell.dashboards.packed.packer import Files
    from foretell.dashboards.sync.assets import CodeAsset
    from foretell.dashboards.sync.session import Compared, Target


@dataclass(frozen=True)
class Pushed:
    """What a push did, and what it left for a person to decide."""

    addresses: tuple[str, ...]
    reads: str
    charts: int
    sent: tuple[Verdict, ...] = ()
    removed: tuple[Verdict, ...] = ()
    kept: tuple[Verdict, ...] = ()
    undecided: tuple[Verdict, ...] = ()
    waiting: Mapping[str, Verdict] = field(default_factory=dict)
    left_over: tuple[Verdict, ...] = ()
    in_use: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    ignores_roles: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything in Superset differs from before."""
        return bool(self.sent or self.removed)


def push(target: Target, choice: Choice | None = None) -> Pushed:
    """Send what the code changed; what somebody edited in Superset is left as it is.

    Raises
    ------
    SupersetError
        A file, relation or column is wrong, or Superset does not take it.
        Nothing was changed then.
    """
    choice = choice or Choice()
    with compared(target, is_push=True) as state:
        refuse_unknown_names(choice, state)
        verdicts = [verdict for verdict in state.verdicts if choice.covers(verdict)]
        sendable = {Status.NEW, Status.CHANGED, *(PROTECTED if choice.ours else ())}
        if choice.ours and choice.names:  # an edit kept before is only given up by name
            sendable.add(Status.KEPT)
        wanted = [verdict for verdict in verdicts if verdict.status in sendable]
        blocked = waiting(state, {verdict.uuid for verdict in wanted})
        sent = tuple(verdict for verdict in wanted if verdict.uuid not in blocked)
        _send(state, [state.code[verdict.uuid] for verdict in sent])
        _connect(state)
        undecided = tuple(
            verdict
            for verdict in verdicts
            if verdict.status in PROTECTED and not (choice.ours or choice.theirs)
        )
        kept = tuple(
            verdict for verdict in verdicts if verdict.status in PROTECTED and choice.theirs
        )
        _record(state, sent, kept)
        orphans = [verdict for verdict in verdicts if verdict.status is Status.LEFT_OVER]
        removed, in_use = remove_assets(state, orphans, choice) if choice.remove else ((), {})
        state.records.forget(
            verdict.uuid for verdict in state.verdicts if verdict.status is Status.FORGOTTEN
        )
        return Pushed(
            addresses=state.addresses,
            reads=state.written.served.title,
            charts=sum(asset.kind == "chart" for asset in state.code.values()),
            sent=sent,
            removed=removed,
            kept=kept,
            undecided=undecided,
            waiting=blocked,
            left_over=tuple(verdict for verdict in orphans if verdict not in removed),
            in_use=in_use,
            names=state.names,
            ignores_roles=(
                state.roles is not None and state.client.has_feature("DASHBOARD_RBAC") is False
            ),
        )


def _send(state: Compared, assets: Collection[CodeAsset]) -> None:
    if not assets:
        return
    imported = {asset.path: asset.text for asset in assets if asset.path}
    if imported:
        # One import is one transaction in Superset: a failure leaves all as it was.
        try:
            _import(state, imported)
        except SupersetError as error:
            raise _taken_table(state, assets) or error from None
        state.look_again()
    ids = {uuid: live_asset.id for uuid, live_asset in state.live.items()}
    if missing := [asset.name for asset in assets if asset.path and asset.uuid not in ids]:
        raise SupersetError(
            f"Superset at {state.client.url} took the import but does not show {missing}. Its log "
            "may say why."
        )
    if state.roles:
        put_roles(state.roles, assets, state.live)
    for asset in assets:
        if asset.layers:
            put_events(state.client, asset, ids)
    state.look_again()


def _import(state: Compared, files: Files) -> None:
    metadata = {"metadata.yaml": state.written.files["metadata.yaml"]}
    password = state.written.served.password
    passwords = {path: password for path in files if password and path.startswith("databases/")}
    state.client.import_assets(to_zip(metadata | files), passwords)


def _connect(state: Compared) -> None:
    """Have Superset connect to a warehouse with the password that holds now.

    Raises
    ------
    SupersetError
        It cannot, and says why.
    """
    if state.written.served.password is None:
        return
    (database,) = (asset for asset in state.code.values() if asset.kind == "database")
    live = state.live.get(database.uuid)
    if live is None:  # somebody deleted it, which the report says
        return
    settings = {"database_name": live.content["name"], "sqlalchemy_uri": live.content["uri"]}
    if state.client.refusal_of(settings) is None:
        return
    if live.content == database.content:
        _import(state, {database.path: database.text})
    if refusal := state.client.refusal_of(settings):
        raise SupersetError(
            f"Superset at {state.client.url} has the dashboards and cannot connect to "
            f"{live.content['uri']}: {refusal}"
        )


def _taken_table(state: Compared, assets: Collection[CodeAsset]) -> SupersetError | None:
    """What to do about a table of which somebody else has a dataset: Superset may take only one."""
    databases = {
        row["table_name"]: row["database"]["database_name"]
        for row in state.client.all(
            "/api/v1/dataset/", ("uuid", "table_name", "database.database_name")
        )
        if row["uuid"] not in state.code
    }
    for asset in assets:
        if asset.kind == "dataset" and (table := asset.content["table"]) in databases:
            return SupersetError(
                f"Dataset {asset.name!r} is of the table {table!r}, and Superset at "
                f"{state.client.url} has a dataset of that name already, in {databases[table]!r}. "
                f"Write `sql: select * from {table}` and `reads: [{table}]` in place of "
                f"`table: {table}`."
            )
    return None


def _record(state: Compared, sent: Collection[Verdict], kept: Collection[Verdict]) -> None:
    """Remember what was applied, and of what is in step already that it is."""
    applied = {verdict.uuid for verdict in sent}
    applied |= {verdict.uuid for verdict in state.verdicts if verdict.status is Status.SAME}
    kept_uuids = {verdict.uuid for verdict in kept}
    state.records.write(
        Record(
            kind=code.kind,
            uuid=uuid,
            name=code.name,
            code=code.content,
            live=state.live[uuid].content if uuid in state.live else {},
            hidden=code.hidden,
            kept=uuid in kept_uuids,
        )
        for uuid, code in state.code.items()
        if uuid in applied | kept_uuids
    )
