"""Questions to predictions' nodes, as `foretell plan`, `diff` and `explain` ask them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console

from foretell.errors import ForetellError

if TYPE_CHECKING:
    from foretell.questions.asked import Question

Answer = TypeVar("Answer")

_IS_PREDICTION = "config.materialized:prediction"


def ask_all(
    project_dir: Path,
    target: str | None,
    question: Question,
    kind: type[Answer],
    *,
    prediction: str | None = None,
) -> list[Answer]:
    """What the predictions of a project answer, or the one of this name.

    Only predictions are run, and these answer instead of building: whatever the name, no other
    model may be selected.

    Raises
    ------
    ForetellError
        There is no such prediction, dbt failed, or a node refused to answer.
    """
    from foretell.client.dbt_command import dbt
    from foretell.questions.answer import read_answer

    if prediction is not None and not re.fullmatch(r"\w[\w.-]*", prediction):
        raise ForetellError(f"{prediction} is no name of a prediction; it is that of a dbt model.")
    options = ("--target", target) if target else ()
    selected = _IS_PREDICTION if prediction is None else f"{prediction},{_IS_PREDICTION}"
    with Console(stderr=True).status("Asking the warehouse"):
        # Without its JSON files: `dbt retry` would repeat the question, not the last build.
        nodes = dbt(
            project_dir.resolve(),
            *("run", "--select", selected, "--no-write-json", *options),
            environment={"FORETELL_ASK": question.model_dump_json()},
        )
    # dbt's results hold hooks too, and a name may be that of a folder.
    results = [
        result
        for result in nodes
        if result.node.config.get("materialized") == "prediction"
        and prediction in (None, result.node.name)
    ]
    if not results:
        raise ForetellError(_unknown(project_dir, options, prediction))
    return [read_answer(result.message, kind) for result in results]


def ask_one(
    project_dir: Path, target: str | None, question: Question, kind: type[Answer], prediction: str
) -> Answer:
    """What one prediction answers.

    Raises
    ------
    ForetellError
        As `ask_all`.
    """
    return ask_all(project_dir, target, question, kind, prediction=prediction)[0]


def _unknown(project_dir: Path, options: tuple[str, ...], prediction: str | None) -> str:
    from foretell.client.dbt_command import names

    if prediction is None:
        return "This project has no model with materialized='prediction'."
    listing = ", ".join(names(project_dir.resolve(), _IS_PREDICTION, options=options))
    return f"There is no prediction {prediction} in this project; it has [{listing}]."
