"""The model store: who is champion, and what was it made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from foretell.artifacts.artifact import check_bytes, check_libraries, load
from foretell.artifacts.signature import SignedContent, check_signature, signing_key
from foretell.errors import RegistryError, SpecError
from foretell.forms.form import ServingForm, serving_form
from foretell.forms.stored import form_of
from foretell.ground.definitions import Definitions
from foretell.ground.names import SCORE
from foretell.ground.recipe import Recipe
from foretell.request import Request
from foretell.training.model import Model
from foretell.training.own import own_classes
from foretell.warehouse.protocol import Warehouse

#: Events that make a version the champion, and the one that forgets all before it.
PROMOTED, ROLLED_BACK, RESET = "promoted", "rolled back", "reset"
#: Event of a version that a person is to approve.
WAITS = "waits for approval"


@dataclass(frozen=True)
class Stored:
    """A version's row as it stands, and what of today decides whether it may be loaded.

    Attributes
    ----------
    recipe, libraries, serving_form
        As the model store keeps them; not every version has a serving form.
    signatures
        All that were made for it.
    own_candidates, modules
        The project's own estimators that today's spec names, and the folder of their files.
    """

    recipe: str
    libraries: str
    serving_form: str | None
    signatures: tuple[str, ...]
    own_candidates: frozenset[str]
    modules: Path


@dataclass(frozen=True)
class Champion:
    """The version that serves.

    Attributes
    ----------
    made_on
        The run's today when it was trained.
    trained_until
        When the last of its training rows matured.
    definitions
        The feature set that it chose from; empty where it was not recorded.
    metrics
        Of its recipe at the last cut-off of its backtest.
    libraries
        Versions of what it was fitted with.
    reference
        Distributions of its training features and backtest scores, for drift, and by how much
        dates differ in them beyond chance.
    """

    prediction: str
    version: int
    recipe: Recipe
    made_on: date
    trained_until: datetime
    spec_fingerprint: str
    query_fingerprint: str
    definitions: Definitions
    metrics: Mapping[str, float]
    libraries: Mapping[str, str]
    reference: dict[str, Any]
    artifact: bytes
    sha256: str
    stored: Stored

    @cached_property
    def form(self) -> ServingForm:
        """What scores: its stored serving form, which needs no scikit-learn, else its model.

        An estimator of the project's own always scores itself.

        Raises
        ------
        RegistryError
            A key is set and it is not signed, what is stored was changed, or as for
            `restored` where there is no serving form.
        """
        if self.unsigned is not None:
            raise RegistryError(self.unsigned)
        check_bytes(self.artifact, self.sha256, named=self._named)
        text, form = self.stored.serving_form, None
        if text is not None and not self.recipe.is_own:
            form = form_of(text, needs=self.recipe.needs, named=self._named)
        return serving_form(self.model) if form is None else form

    @cached_property
    def model(self) -> Model:
        """The fitted model that its form was read from, after its signature and bytes are checked.

        Raises
        ------
        RegistryError
            A key is set and it is not signed, or as for `restored`.
        """
        if self.unsigned is not None:
            raise RegistryError(self.unsigned)
        return self.restored()

    def restored(self) -> Model:
        """The model in its bytes, signed or not.

        Raises
        ------
        RegistryError
            They were changed, hold types that are not trusted, or were fitted with
            a different version of scikit-learn; or an estimator made it that today's spec does
            not name.
        """
        named = self._named
        check_bytes(self.artifact, self.sha256, named=named)
        check_libraries(self.libraries, named=named)
        loaded = load(self.artifact, self.sha256, named=named, own=self._own_classes(named))
        # Versions of foretell 0.1.0 stored the bare pipeline of a binary task.
        return loaded if isinstance(loaded, Model) else Model(loaded, task="binary")

    @cached_property
    def unusable(self) -> str | None:
        """Why it cannot score; None if it can."""
        try:
            _ = self.form
        except RegistryError as refusal:
            return str(refusal)
        return None

    @cached_property
    def unsigned(self) -> str | None:
        """Why its signature does not let it score; None if it does, or where no key is set."""
        try:
            check_signature(
                self.stored.signatures,
                named=self._named,
                command=f"foretell sign {self.prediction} v{self.version}",
                content=self.signed_content,
            )
        except RegistryError as refusal:
            return str(refusal)
        return None

    @property
    def signed_content(self) -> SignedContent:
        """What a signature of it is over."""
        return SignedContent(
            self.prediction,
            self.version,
            self.stored.recipe,
            self.stored.libraries,
            self.artifact,
            self.stored.serving_form,
        )

    @property
    def _named(self) -> str:
        return f"{self.prediction} v{self.version}"

    def _own_classes(self, named: str) -> frozenset[str] | None:
        """Classes that the file of its own estimator defines, if the spec names that estimator."""
        candidate = self.recipe.candidate
        if not self.recipe.is_own:
            return None
        if candidate not in self.stored.own_candidates:
            candidates_text = (
                ", ".join(sorted(self.stored.own_candidates)) or "none of the project's own"
            )
            raise RegistryError(
                f"{named} was made by {candidate}, and `candidates` of the spec names "
                f"{candidates_text}. Its artifact is not loaded. Name that estimator again, or "
                "train anew with: dbt build --vars 'foretell_train: true'"
            )
        try:
            return own_classes(candidate, folder=self.stored.modules)
        except SpecError as refusal:
            raise RegistryError(f"{named} cannot be loaded: {refusal}") from None


def refuse_unsigned(request: Request, champion: Champion | None) -> None:
    """Where a key is set, a champion that nobody signed stops the run, unless the run trains anew.

    It is not fitted anew by itself: that it was changed is for a person to know.

    Raises
    ------
    RegistryError
        Its signature is missing or does not fit, or the key is none.
    """
    signing_key()
    if champion is not None and champion.unsigned is not None and not request.train:
        raise RegistryError(champion.unsigned)


def find_champion(request: Request, warehouse: Warehouse) -> Champion | None:
    """The version that the latest promotion made champion, if any since the last reset."""
    served = champions(request, warehouse)
    return find_version(request, served[0], warehouse) if served else None


def champions(request: Request, warehouse: Warehouse) -> list[int]:
    """Versions that have been champion since the last reset: who serves, who did before, ..."""
    events = warehouse.rows(
        f"select event, version from {request.champion_seen('model_events')} as events "
        "where prediction = ? and event in (?, ?, ?) order by happened_at desc, version desc",
        [request.prediction, PROMOTED, ROLLED_BACK, RESET],
    )
    since_reset = takewhile(lambda event: event[0] != RESET, events)
    return list(dict.fromkeys(int(version) for _, version in since_reset))


def find_version(request: Request, version: int, warehouse: Warehouse) -> Champion:
    """A version of the model store, whether it serves or not."""
    form = _form(request, warehouse)
    rows = warehouse.rows(
        "select version, recipe, today, trained_until, spec_fingerprint, query_fingerprint, "
        f"definitions, metrics, reference, libraries, artifact, sha256, {form} "
        f"from {request.champion_seen('model_versions')} as versions "
        "where prediction = ? and version = ?",
        [request.prediction, version],
    )
    (row,) = rows
    number, recipe, today, until, spec, query, features, metrics, reference, *stored = row
    libraries, artifact, sha, form = stored
    return Champion(
        prediction=request.prediction,
        version=number,
        recipe=Recipe.from_json(recipe),
        made_on=today,
        trained_until=until,
        spec_fingerprint=spec,
        query_fingerprint=query,
        definitions=json.loads(features or "{}"),
        metrics=json.loads(metrics),
        libraries=json.loads(libraries),
        reference=_reference(json.loads(reference), Recipe.from_json(recipe)),
        artifact=bytes(artifact or b""),
        sha256=sha,
        stored=Stored(
            recipe=recipe,
            libraries=libraries,
            serving_form=form,
            signatures=_signatures(request, version, warehouse),
            own_candidates=request.own_candidates,
            modules=request.modules,
        ),
    )


def _form(request: Request, warehouse: Warehouse) -> str:
    """The column of serving forms; null where the stores are older than it."""
    is_stored = "serving_form" in warehouse.columns(request.champion_store("model_versions"))
    return "serving_form" if is_stored else "cast(null as varchar)"


def _signatures(request: Request, version: int, warehouse: Warehouse) -> tuple[str, ...]:
    """A version's signatures, newest first; none where the stores are older than signatures."""
    if signing_key() is None or not warehouse.exists(request.champion_store("model_signatures")):
        return ()
    rows = warehouse.rows(
        f"select signature from {request.champion_seen('model_signatures')} as signatures "
        "where prediction = ? and version = ? order by signed_at desc",
        [request.prediction, version],
    )
    return tuple(str(signature) for (signature,) in rows)


def _reference(stored: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """The reference, where foretell 0.1.0 stored the score's like a feature named `score`."""
    if SCORE not in stored and "score" in stored and "score" not in recipe.needs:
        stored[SCORE] = stored.pop("score")
    return stored


def versions_of(request: Request, warehouse: Warehouse) -> list[int]:
    """The numbers of all versions, oldest first."""
    rows = warehouse.rows(
        f"select version from {request.champion_seen('model_versions')} as versions "
        "where prediction = ? order by 1",
        [request.prediction],
    )
    return [int(version) for (version,) in rows]


def waiting_version(request: Request, warehouse: Warehouse) -> int | None:
    """The newest version that waits for a person's approval, if it is newer than the champion."""
    last = warehouse.rows(
        f"select event, version from {request.seen('model_events')} as events "
        "where prediction = ? and event in (?, ?, ?, ?) "
        "order by happened_at desc, version desc limit 1",
        [request.prediction, PROMOTED, ROLLED_BACK, RESET, WAITS],
    )
    return int(last[0][1]) if last and last[0][0] == WAITS else None


def next_version(request: Request, warehouse: Warehouse) -> int:
    """The number of the version that is trained next; numbers are never used twice, nor is one
    that a borrowed champion had here.
    """
    ((highest,),) = warehouse.rows(
        "select coalesce(max(version), 0) from (select version "
        f"from {request.store('model_versions')} where prediction = ? union all "
        f"select model_version from {request.store('runs')} where prediction = ?) as used",
        [request.prediction, request.prediction],
    )
    return int(highest) + 1
