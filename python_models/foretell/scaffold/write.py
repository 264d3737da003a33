"""Writes a new feature view into a project, and says what comes next."""

from __future__ import annotations

from pathlib import Path

from foretell.errors import ScaffoldError
from foretell.scaffold.declaration import yaml_of
from foretell.scaffold.feature import NewFeature
from foretell.scaffold.project import DbtProject
from foretell.scaffold.sql import sql_of


def write_feature(project: DbtProject, feature: NewFeature) -> tuple[Path, Path]:
    """Write the view's SQL and YAML; both or neither.

    Returns
    -------
    The two files.

    Raises
    ------
    ScaffoldError
        The project has such a model, or one of the files, already.
    """
    folder = project.folder / project.models_folder / feature.folder
    texts = {
        folder / f"{feature.name}.sql": sql_of(feature),
        folder / f"{feature.name}.yml": yaml_of(feature),
    }
    existing = [str(path) for path in texts if path.exists()]
    model = project.models.get(feature.name)
    if not existing and model:
        existing = [str(project.folder / model.path) if model.path else f"a package's {model.name}"]
    if existing:
        raise ScaffoldError(
            f"{' and '.join(existing)} exists already, and nothing is overwritten. Choose another "
            f"--topic than {feature.topic}, or edit what is there."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    sql, yml = texts
    return sql, yml


def next_steps(project: DbtProject, feature: NewFeature) -> list[str]:
    """What the analyst does now, each step with the text to type."""
    ref = f"ref('{feature.name}'),"
    predictions = project.predictions(feature.entity)
    files = " or ".join(
        str(project.folder / prediction.path) for prediction in predictions if prediction.path
    )
    place = files or "the prediction that is to use it"
    steps = [
        "Say in the SQL which rows count, and in the YAML what they mean.",
        f"Build and test it:\n    dbt build --select {feature.name}",
        f"Join it: in {place}, add to the list of foretell.join_features\n    {ref}",
    ]
    if not predictions:
        steps[-1] += (
            f"\nIf that prediction is not about {feature.entity}, add `via:` to the declaration: "
            f"its column that holds a {feature.entity}."
        )
    if feature.kind in ("events", "states"):
        steps.append(
            "Guard its as-of boundary; this prints a unit test to paste:\n    dbt --quiet "
            f"run-operation foretell.write_boundary_test --args '{{view: {feature.name}}}'"
        )
    return steps
