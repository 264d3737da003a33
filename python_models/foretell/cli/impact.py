"""``foretell impact``: who would notice a change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foretell.cli.printed import plain_console

if TYPE_CHECKING:
    from foretell.dashboards.lineage.impact import Impact, TouchedPrediction


def impact_command(
    name: Annotated[
        str, typer.Argument(help="A model, seed or snapshot, or one of its columns: model.column")
    ],
    project_dir: Annotated[Path, typer.Option(help="The dbt project.")] = Path(),
) -> None:
    """Name what a change of a model or column would touch.

    That is predictions, features and charts.

    For example `foretell impact fct_baskets` or `foretell impact fct_baskets.discount_usd`.

    Which model reads which is known, and so is what feature views and charts declare. How a column
    goes through SQL is guessed from select lists: a column made of it under another name is
    followed; where a join, a condition or a group names it, the whole model *may* have changed.
    Parses the dbt project; nothing is built.
    """
    from foretell.client.dbt_command import dbt
    from foretell.dashboards.declared.manifest import read_manifest
    from foretell.dashboards.lineage.impact import impact_of
    from foretell.dashboards.lineage.planned import planned_assets
    from foretell.project_file import read_project_file

    console = plain_console()
    project = read_project_file(project_dir.resolve())
    with console.status("Parsing the dbt project"):
        dbt(project.folder, "parse")
    manifest = read_manifest(project.folder)
    for line in _lines(impact_of(name, manifest, planned_assets(manifest, project.dashboards))):
        console.print(line, soft_wrap=True)


def _lines(impact: Impact) -> list[str]:
    lines = [f"A change of {impact.target} touches"]
    lines += ["", "Predictions"]
    for prediction in impact.predictions:
        lines += _of_prediction(prediction)
    if not impact.predictions:
        lines.append("  none")
    lines += ["", "Models", f"  {', '.join(impact.models) or 'none'}"]
    lines += ["", "Datasets", f"  {', '.join(impact.datasets) or 'none'}", "", "Charts"]
    for page in impact.dashboards:
        lines.append(f"  {page.title} ({page.name}), {len(page.charts)} of {page.total}")
        lines.append(f"    {'; '.join(page.charts)}")
    if not impact.dashboards:
        lines.append("  none")
    if impact.is_column:
        lines += [
            "",
            "Followed through SQL by name: what is listed may be touched.",
        ]
    return lines


def _of_prediction(prediction: TouchedPrediction) -> list[str]:
    title = f" ({prediction.title})" if prediction.title else ""
    lines = [f"  {prediction.name}{title}{'' if prediction.is_sure else ', maybe'}"]
    lines += [f"    by {view}: {', '.join(names)}" for view, names in prediction.features.items()]
    if prediction.relations:
        lines.append(f"    by its own SQL, from {', '.join(prediction.relations)}")
    return lines
