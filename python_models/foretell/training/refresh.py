"""Whether a champion stays where no challenger won, or its recipe, fitted on newer data, serves."""

from __future__ import annotations

import numpy as np

from foretell.ground.definitions import Changes, listed
from foretell.ground.names import RULE
from foretell.ground.recipe import Recipe
from foretell.spec import PredictionSpec
from foretell.training.backtest import Backtested
from foretell.training.cutoffs import Cutoff
from foretell.training.incumbent import Incumbent
from foretell.training.metrics import evaluate, gain
from foretell.training.rows import Rows


def is_broken(recipe: Recipe, changes: Changes) -> bool:
    """Whether a version's recipe can no longer be refitted: what it looks at is not there.

    A changed rule is still a rule, and takes the place of the old rule.
    """
    return bool(changes.breaks(recipe.features)) or (RULE in changes.gone and not recipe.features)


def why_it_stays(
    champion: Incumbent,
    changes: Changes,
    refreshed: Backtested,
    rows: Rows,
    cutoff: Cutoff,
    spec: PredictionSpec,
) -> str | None:
    """Why the champion is not replaced though no challenger won; None if a refresh replaces it."""
    if champion.unusable is not None:
        return None
    if is_broken(champion.recipe, changes):
        broken = changes.breaks(champion.recipe.needs)
        lost = listed(["its rule" if name == RULE else name for name in broken])
        return (
            f"v{champion.version} looks at {lost}, which is not learnt from any more, and no "
            "challenger won"
        )
    if not champion.recipe.is_like(refreshed.contender.recipe):
        return f"v{champion.version} stays: its recipe can no longer be fitted, and none is better"
    if changes.breaks(champion.recipe.needs):
        return None
    loss = _loss_to_stored(refreshed, champion, rows, cutoff, spec)
    if loss is None or loss <= spec.promote.max_loss:
        return None
    return (
        f"v{champion.version} stays: refitted on newer data, its recipe was worse by "
        f"{loss:.1%} ({spec.metric}) on {cutoff.at}; {spec.promote.max_loss:.1%} is allowed"
    )


def _loss_to_stored(
    refreshed: Backtested,
    champion: Incumbent,
    rows: Rows,
    cutoff: Cutoff,
    spec: PredictionSpec,
) -> float | None:
    """By what share the refitted recipe is worse than what is stored on the last cut-off.

    None where that may have learnt from those rows.
    """
    test = rows.take(cutoff.test)
    if np.datetime64(champion.trained_until) > test.as_of.min() or spec.is_flat:
        return None
    if champion.form.classes != rows.classes:
        return None
    inputs = refreshed.contender.inputs(test)
    scores = champion.form.scores({name: np.asarray(inputs[name]) for name in inputs})
    stored_value = evaluate(spec.task, test.labels, scores)[spec.metric]
    refreshed_value = refreshed.metrics[-1][spec.metric]
    return -gain(spec.task, spec.metric, refreshed_value, stored_value) / max(
        abs(stored_value), 1e-12
    )
