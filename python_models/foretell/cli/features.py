"""``foretell features``: what predictions look at, and what it is worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foretell.cli.printed import plain_console
from foretell.errors import ForetellError

if TYPE_CHECKING:
    from foretell.client.features import PredictionListing, Row

_STYLE = {"useful": "green", "worthless": "red", "unclear": "yellow"}


def features_command(
    prediction: Annotated[
        str | None, typer.Argument(help="One prediction; all by default.")
    ] = None,
    project_dir: Annotated[Path, typer.Option(help="The dbt project.")] = Path(),
    target: Annotated[str | None, typer.Option(help="dbt's target; the profile's default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per feature.")] = False,
) -> None:
    """List all features: what they are, and what they are worth.

    *Worth* is by how much the backtest's metric is better with a feature and its like than with
    their values shuffled; *importance* is the same for the feature alone. Both are measured at
    each training. A feature is called worthless only after a refit without all that are so called
    was no worse. *Drift* says how far the rows scored last are from the training rows: up to 1 is
    as far as single dates of those usually are.
    """
    from foretell.client.dbt_command import ask
    from foretell.client.features import CATALOG, VIEWS, listings, unjoined_views, users_of

    project = project_dir.resolve()
    options = ("--target", target) if target else ()
    with Console(stderr=True).status("Asking the warehouse"):
        catalog = ask(project, CATALOG, options=options)
        views = ask(project, VIEWS, options=options)
    predictions = sorted({row["prediction"] for row in catalog})
    if not predictions:
        raise ForetellError("No prediction has been built in this target yet: run dbt build.")
    if prediction is not None and prediction not in predictions:
        raise ForetellError(
            f"There is no prediction {prediction} in this target; it has "
            f"[{', '.join(predictions)}]."
        )
    rows = [row for row in catalog if prediction in (None, row["prediction"])]
    users = users_of(catalog)
    if as_json:
        for row in rows:
            print(json.dumps({**row, "used_by": users.get(_key(row), [])}, default=str))
        return
    console = plain_console()
    for listing in listings(rows, views):
        console.print(_table(listing, users, several=len(predictions) > 1))
        _notes(console, listing)
    unjoined = unjoined_views(project / "target" / "manifest.json")
    if unjoined:
        console.print(f"Joined by no prediction: {', '.join(unjoined)}", soft_wrap=True)


def _table(
    listing: PredictionListing, users: dict[tuple[str, str], list[str]], *, several: bool
) -> Table:
    champion = f"v{listing.version}" if listing.version else "no champion"
    metric = f"; worth in {listing.metric.replace('_', ' ')}" if listing.metric else ""
    table = Table(
        title=f"{listing.name} ({champion}{metric})",
        title_style="bold",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    table.add_column("Feature", overflow="fold")
    table.add_column("Description", ratio=1, style="dim")
    for name in ("Unknown", "Importance", "Worth"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Drift", justify="right", no_wrap=True)
    if several:
        table.add_column("Used by", overflow="fold")
    for view in listing.views:
        owner = f"{view.kind}, {view.owner}" if view.owner else view.kind
        worth = view.worth or {}
        table.add_row(Text(view.name, style="bold"), owner, "", "", _worth(worth), _verdict(worth))
        for row in view.features:
            table.add_row(
                f"  {row['feature']}",
                (row["description"] or "").split(". ")[0].rstrip("."),
                _percent(row["null_share"]),
                _decimals(row["importance"]),
                _worth(row),
                _verdict(row),
                "" if row["drift"] is None else f"{row['drift']:.1f}",
                *([", ".join(users.get(_key(row), [])) or "nobody"] if several else []),
            )
    return table


def _notes(console: Console, listing: PredictionListing) -> None:
    worthless = listing.called("worthless")
    if worthless:
        console.print(
            f"Worthless to {listing.name}: {', '.join(worthless)}. A refit without them was no "
            "worse; leave them out to have less to maintain.",
            soft_wrap=True,
        )
    if listing.version and listing.unused:
        console.print(f"Unused by v{listing.version}: {', '.join(listing.unused)}.", soft_wrap=True)
    console.print()


def _key(row: Row) -> tuple[str, str]:
    return row["feature_view"], row["feature"]


def _worth(row: Row) -> str:
    if row.get("worth") is None:
        return ""
    half = (row["worth_upper"] - row["worth_lower"]) / 2
    return f"{_decimals(row['worth'])} ± {_decimals(half)}"


def _verdict(row: Row) -> Text:
    verdict = row.get("verdict") or ""
    return Text(verdict, style=_STYLE.get(verdict, ""))


def _decimals(value: Any) -> str:
    # Adding 0 turns -0.0 into 0.0.
    return "" if value is None else f"{round(float(value), 4) + 0:.4f}"


def _percent(value: Any) -> str:
    return "" if value is None else f"{value:.0%}"
