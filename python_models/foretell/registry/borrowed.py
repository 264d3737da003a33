"""Production's champion, borrowed: a development or CI build scores with it and trains nothing."""

from __future__ import annotations

from foretell.errors import DataError, RegistryError
from foretell.ground.definitions import Changes, listed
from foretell.registry.versions import Champion, find_champion
from foretell.request import Request
from foretell.warehouse.protocol import Warehouse

#: What is read of the other stores; an older foretell's may lack some of it.
_READ = {
    "model_events": {"prediction", "event", "version", "happened_at"},
    "model_versions": {"prediction", "version", "recipe", "definitions", "reference", "artifact"},
    "runs": {"prediction", "is_trained", "status", "learnt_from", "finished_at"},
}


def borrow(request: Request, warehouse: Warehouse) -> Champion:
    """The champion of the stores that `foretell_champion_from` names.

    Raises
    ------
    RegistryError
        The run asks to train too, there are no such stores or no champion in them,
        or this target has a different version of the same number.
    """
    place = request.champion_from
    assert place is not None  # noqa: S101
    setting = f"foretell_champion_from of this target is {_named(request)}"
    if request.train:
        raise RegistryError(
            f"{setting}, and a build that borrows a champion never trains; foretell_train asks it "
            "to. Take one of the two away."
        )
    for name, columns in _READ.items():
        stored_columns = warehouse.columns(request.champion_store(name))
        if not stored_columns:
            raise RegistryError(
                f"{setting}, but there is no table {request.champion_store(name)}. It must be the "
                "stores' schema of a target that was built, such as analytics_foretell, or "
                "prod.analytics_foretell for another database; in DuckDB that is one which "
                "profiles.yml attaches: `attach: [{path: ..., alias: prod, read_only: true}]`."
            )
        if not columns <= set(stored_columns):
            raise RegistryError(
                f"{setting}, but {request.champion_store(name)} lacks "
                f"{', '.join(sorted(columns - set(stored_columns)))}: an older foretell "
                "made it. Build that target with this version first."
            )
    champion = find_champion(request, warehouse)
    if champion is None:
        raise RegistryError(
            f"{setting}, where {request.prediction} has no champion. Build or promote one there, "
            "or take foretell_champion_from away to train one here."
        )
    _refuse_twins(request, champion, warehouse)
    return champion


def check_borrowed(request: Request, champion: Champion, changes: Changes) -> None:
    """The borrowed champion takes its columns by name, and each must mean what it means there.

    Raises
    ------
    RegistryError
        Its artifact cannot be loaded here.
    DataError
        A column is gone here or defined otherwise.
    """
    if champion.unusable is not None:
        raise RegistryError(f"{champion.unusable} It is borrowed from {_named(request)}.")
    broken = changes.breaks(champion.recipe.needs)
    if broken:
        raise DataError(
            f"Champion v{champion.version} of {request.prediction} in {_named(request)} cannot "
            f"score here: it looks at {listed(broken)}, which this target's training query lacks "
            "or defines otherwise. Bring that back, or take foretell_champion_from away to train "
            "one here."
        )


def scored_only(request: Request, champion: Champion, *, would_train: str | None) -> str:
    """Why a build that borrows did not train, and whether one there would have."""
    why = f"scored only: champion v{champion.version} of {_named(request)}"
    return why + (f"; a build there would train: {would_train}" if would_train else "")


def _named(request: Request) -> str:
    assert request.champion_from is not None  # noqa: S101
    return f"{request.champion_from.database}.{request.champion_from.schema}"


def _refuse_twins(request: Request, champion: Champion, warehouse: Warehouse) -> None:
    """A number must name one model: scores and metrics carry nothing else."""
    rows = warehouse.rows(
        f"select sha256 from {request.store('model_versions')} where prediction = ? "
        "and version = ?",
        [request.prediction, champion.version],
    )
    if any(sha256 != champion.sha256 for (sha256,) in rows):
        raise RegistryError(
            f"{request.prediction} has a v{champion.version} of its own in "
            f"{request.store('model_versions')}, which is a different model from the champion "
            f"v{champion.version} of {_named(request)}: their scores could not be told apart. "
            "Build into another schema, or drop this target's stores."
        )
