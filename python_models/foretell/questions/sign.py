"""``foretell sign``: a person who holds the key vouches for a stored version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from foretell.artifacts.signature import KEY, signature_rows, signing_key
from foretell.errors import RegistryError
from foretell.forms.form import serving_form
from foretell.forms.stored import says_the_same, text_of
from foretell.questions.stored import get_version, refuse_unbuilt
from foretell.registry.versions import Champion, find_champion
from foretell.request import Request
from foretell.run.command import record_command
from foretell.stores.record import event_row
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Signed:
    """The version that was signed, as its row says it.

    Attributes
    ----------
    made_on
        The run's today when it was trained.
    was_signed
        Whether its signature was valid before, so that nothing was added.
    """

    prediction: str
    version: int
    candidate: str
    made_on: date
    sha256: str
    was_signed: bool


def sign_version(request: Request, warehouse: Warehouse, *, version: int | None) -> Signed:
    """Sign a version with the key, after a look at what its bytes hold.

    Raises
    ------
    RegistryError
        There is no key or no such version, it is borrowed, its bytes are not those
        that were stored, they hold a type that is not trusted, or its serving form is not
        theirs.
    """
    if signing_key() is None:
        raise RegistryError(
            f"{KEY} is not set, so there is nothing to sign with. Set it to a text of 32 "
            "characters or more that only those who may sign know, the same for every build of "
            "this target."
        )
    if request.champion_from is not None:
        raise RegistryError(
            f"This target borrows its champion from {request.champion_from.schema}. Sign it in the "
            "target that trained it."
        )
    refuse_unbuilt(request, warehouse)
    chosen = (
        find_champion(request, warehouse)
        if version is None
        else get_version(request, version, warehouse)
    )
    if chosen is None:
        raise RegistryError(f"{request.prediction} has no champion; name the version to sign.")
    _refuse_form_of_another_model(chosen)
    was_signed = chosen.unsigned is None
    run_id = f"{request.invocation_id}.{request.prediction}"
    if not was_signed:
        rows = signature_rows(chosen.signed_content, run_id=run_id, today=request.today)
        message = f"Signed by hand, SHA-256 {chosen.sha256[:12]}..."
        event = event_row(
            request, run_id=run_id, version=chosen.version, event="signed", message=message
        )
        with warehouse.together():
            warehouse.append(request.store("model_signatures"), rows)
            warehouse.append(request.store("model_events"), [event])
            record_command(
                request, warehouse, run_id=run_id, version=chosen.version, message=message
            )
    return Signed(
        chosen.prediction,
        chosen.version,
        chosen.recipe.candidate,
        chosen.made_on,
        chosen.sha256,
        was_signed,
    )


def _refuse_form_of_another_model(chosen: Champion) -> None:
    """A version's serving form must be that of its artifact: who signs one vouches for both.

    Raises
    ------
    RegistryError
        It is not, or the artifact cannot be restored.
    """
    model, stored = chosen.restored(), chosen.stored.serving_form
    if stored is not None and not says_the_same(stored, text_of(serving_form(model))):
        raise RegistryError(
            f"{chosen.prediction} v{chosen.version} has a serving form in model_versions that is "
            "not that of its artifact: one of them was changed after it was stored. It is not "
            "signed. Train anew with: dbt build --vars 'foretell_train: true'"
        )
