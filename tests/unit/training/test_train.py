"""What a training ends with: who serves, what it is made of, and what is on record about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from made import make_request, make_spec

from foretell.forms.form import serving_form
from foretell.ground.definitions import Changes
from foretell.ground.names import RULE
from foretell.ground.recipe import Recipe
from foretell.staging.stage import stage
from foretell.training.backtest import Contender
from foretell.training.calibration import calibrated
from foretell.training.cutoffs import FOLDS
from foretell.training.metrics import evaluate
from foretell.training.model import Model
from foretell.training.train import NEWEST, SEED, Training, train
from foretell.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from foretell.spec import PredictionSpec

PLACE = {"database": "memory", "schema": "main"}
FEATURES = ("visits", "noise", "place")
#: Month firsts of 2025; the outcomes of the last two have not matured on the day.
MONTHS, TODAY = 9, "2025-08-15"
MEMBERS = 120
LOGISTIC = Recipe("logistic", FEATURES)
NO_CHANGES = Changes()


def table(*, months: int = MONTHS, turns: int = MONTHS) -> pd.DataFrame:
    """Members at the first of each month: who visits less often quits more often.

    From the month on that is said, counted from 0, it is the other way round.
    """
    random = np.random.default_rng(7)
    size = MEMBERS * months
    month = np.repeat(np.arange(months), MEMBERS)
    visits = random.integers(0, 10, size).astype(float)
    odds = np.where(month < turns, 1.0, -1.0) * 1.2 * (4 - visits)
    return pd.DataFrame(
        {
            "member_id": np.tile(np.arange(MEMBERS), months),
            "as_of_date": [date(2025, one + 1, 1) for one in month],
            "visits": visits,
            "noise": random.normal(size=size),
            "place": np.array(["Ulm", "Bern", "Bern"])[random.integers(0, 3, size)],
            "has_quit": random.random(size) < 1 / (1 + np.exp(-odds)),
        }
    )


@dataclass(frozen=True)
class Champion:
    """A version that serves, as training sees it."""

    recipe: Recipe = LOGISTIC
    trained_until: datetime = datetime(2025, 3, 1)
    unusable: str | None = None
    form: Any = None
    version: int = 1


class Trained:
    """A training on a table, with what it said while it ran."""

    def __init__(
        self,
        made: pd.DataFrame,
        *,
        champion: Champion | None = None,
        changes: Changes = NO_CHANGES,
        seconds: str = "600",
        **declared: Any,
    ) -> None:
        self.spec: PredictionSpec = make_spec(**{"candidates": ["logistic"]} | declared)
        connection = duckdb.connect()
        connection.execute("create table made as select * from made")
        warehouse = DuckDBWarehouse(connection)
        request = make_request(
            sql="select * from made",
            today=TODAY,
            stores=PLACE,
            relation=PLACE | {"name": "pred"},
            train_seconds=seconds,
        )
        staged = stage(request, self.spec, warehouse)
        self.said: list[str] = []
        self.training: Training = train(
            request, self.spec, staged, champion, changes, warehouse, self.said.append
        )

    @property
    def names(self) -> list[str]:
        return [one.contender.name for one in self.training.all_tried]

    def fitted(self, recipe: Recipe = LOGISTIC, chosen: Any = None) -> Model:
        """What a recipe makes of the labelled rows, or of some of them."""
        rows = self.training.rows
        pipeline = Contender(recipe, self.spec).fitted(rows, chosen, seed=SEED)
        return Model(pipeline, task=rows.task, classes=rows.classes)


@pytest.fixture(scope="module")
def first() -> Trained:
    return Trained(table())


def test_without_a_champion_the_best_recipe_serves(first: Trained) -> None:
    training = first.training
    assert first.names == ["prior", "logistic"]
    assert training.recipe == LOGISTIC
    assert training.verdict.startswith(
        "Logistic regression beats the overall rate on the last cut-off"
    )
    ours, theirs = (one.metrics[-1]["log_loss"] for one in (training.winner, training.all_tried[0]))
    assert f"log loss {ours:.4f} against {theirs:.4f}, with 100% confidence" in training.verdict
    assert training.rejected is None
    assert training.notes == training.warnings == ()
    assert training.interval_metrics == {}
    assert [one.at for one in training.cutoffs] == [date(2025, month, 1) for month in (4, 5, 6, 7)]


def test_what_serves_is_fitted_on_all_matured_rows(first: Trained) -> None:
    training = first.training
    rows = training.rows
    assert len(rows) == MEMBERS * 7
    assert training.winner is not None
    assert training.model is not None
    raw = [
        first.fitted(chosen=one.train).scores(rows.frame[list(FEATURES)].iloc[one.test])
        for one in training.cutoffs
    ]
    curve, calibrated_scores = calibrated([rows.labels[one.test] for one in training.cutoffs], raw)
    expected = first.fitted().scores(rows.frame[list(FEATURES)])
    expected = curve.apply(expected) if curve else expected
    assert training.model.scores(rows.frame[list(FEATURES)]) == pytest.approx(expected)
    for scores, one in zip(
        training.winner.scores, calibrated_scores if curve else raw, strict=True
    ):
        assert scores == pytest.approx(one)
    today = [curve.apply(one) for one in raw] if curve else raw
    for scores, one in zip(training.unseen_scores, today, strict=True):
        assert scores == pytest.approx(one)
    assert f"refit logistic on {MEMBERS * 7} rows" in first.said


def test_a_recipe_whose_scores_are_off_serves_calibrated_ones() -> None:
    """A boosting that is sure of what it has learnt from few rows."""
    trained = Trained(table(), candidates=["hist_gradient_boosting"], metric="roc_auc")
    training, rows = trained.training, trained.training.rows
    boosting = Recipe("hist_gradient_boosting", FEATURES)
    assert training.recipe == boosting
    raw = [
        trained.fitted(boosting, one.train).scores(rows.frame.iloc[one.test])
        for one in training.cutoffs
    ]
    curve, then = calibrated([rows.labels[one.test] for one in training.cutoffs], raw)
    assert curve is not None, "the example is to need a curve"
    assert training.winner is not None
    assert training.model is not None
    for at, cutoff in enumerate(training.cutoffs):
        assert training.winner.scores[at] == pytest.approx(then[at])
        assert training.unseen_scores[at] == pytest.approx(curve.apply(raw[at]))
        expected = evaluate("binary", rows.labels[cutoff.test], then[at])
        assert training.winner.metrics[at] == pytest.approx(expected)
    assert training.model.scores(rows.frame) == pytest.approx(
        curve.apply(trained.fitted(boosting).scores(rows.frame))
    )
    (shown,) = [one for one in training.all_tried if one.contender.recipe == boosting]
    assert shown is training.winner, "on record as it would have served"


def test_what_is_typical_is_known_of_each_feature(first: Trained) -> None:
    frame = table().query("as_of_date <= @date(2025, 7, 1)")
    found = first.training.typical()
    assert found == {
        "visits": frame.visits.median(),
        "noise": pytest.approx(frame.noise.median()),
        "place": "Bern",
    }


def test_what_is_unknown_everywhere_has_no_typical_value() -> None:
    made = table()
    made["place"] = pd.Series([None] * len(made), dtype="string")
    made.loc[made.index % 3 > 0, "noise"] = np.nan
    found = Trained(made).training.typical()
    assert set(found) == {"visits", "noise"}
    assert np.isfinite(float(found["noise"]))


def test_features_are_measured_on_the_newest_cutoffs(first: Trained) -> None:
    worths = {one.name: one for one in first.training.worths}
    assert {name: one.verdict for name, one in worths.items()} == {
        "visits": "useful",
        "noise": "worthless",
        "place": "worthless",
    }
    assert {one.rows for one in worths.values()} == {NEWEST * MEMBERS}
    assert {one.view for one in worths.values()} == {None}
    measured = first.training.measured
    assert measured is not None
    assert measured.contender.name == "logistic"


def test_nothing_is_measured_where_nothing_learns_from_features() -> None:
    trained = Trained(table(), candidates=["rule"], baseline={"sql": "-visits"})
    assert trained.training.measured is None
    assert trained.training.worths == []
    assert trained.names == ["prior", "rule"]


def test_a_rule_that_is_as_good_serves_itself() -> None:
    trained = Trained(table(), baseline={"sql": "-visits"})
    training = trained.training
    assert trained.names == ["prior", "rule", "logistic"]
    assert training.recipe == Recipe("rule", ())
    assert training.verdict.startswith("No lift over the rule")
    assert training.rejected is None, "logistic regression was not even selected"
    assert training.measured is not None
    assert training.measured.contender.name == "logistic", "features are measured all the same"
    assert training.typical() == {}


def test_a_refresh_serves_that_is_no_worse_than_what_was_stored(first: Trained) -> None:
    stored = first.fitted(chosen=np.flatnonzero(first.training.rows.frame["visits"] > 4))
    trained = Trained(table(), champion=Champion(form=serving_form(stored)))
    assert trained.names == ["prior", "logistic"], "its recipe is tried once"
    assert trained.training.recipe == LOGISTIC
    assert trained.training.model is not None
    assert trained.training.verdict.startswith("Logistic regression, fitted on all matured rows")


@pytest.fixture(scope="module")
def spoilt() -> Trained:
    """A training without a champion where the older months teach the opposite of the last."""
    return Trained(table(turns=6))


def stored_in(trained: Trained, **changed: Any) -> Champion:
    """A champion that knows the rows of the last cut-off."""
    fitted = trained.fitted(chosen=trained.training.cutoffs[-1].test)
    return Champion(form=serving_form(fitted), **changed)


def test_what_is_stored_stays_where_newer_data_make_its_recipe_worse(spoilt: Trained) -> None:
    champion = stored_in(spoilt)
    trained = Trained(table(turns=6), champion=champion)
    training = trained.training
    assert training.winner is None
    assert training.model is None
    assert training.recipe is None
    assert training.unseen_scores == ()
    test = training.rows.take(training.cutoffs[-1].test)
    stored = evaluate(
        "binary",
        test.labels,
        champion.form.scores({name: np.asarray(test.frame[name]) for name in test.frame}),
    )["log_loss"]
    (tried,) = [one for one in training.all_tried if one.contender.name == "logistic"]
    loss = (tried.metrics[-1]["log_loss"] - stored) / stored
    assert loss > 0.05
    assert training.verdict == (
        "v1 stays: refitted on newer data, its recipe was worse by "
        f"{loss:.1%} (log_loss) on 2025-07-01; {trained.spec.promote.max_loss:.1%} is allowed"
    )
    assert training.measured is not None, "features are measured, whoever serves"


@pytest.mark.parametrize(
    ("changed", "declared"),
    [
        ({"trained_until": datetime(2025, 7, 1, 0, 0, 1)}, {}),
        ({"unusable": "it was made by another library"}, {}),
        ({}, {"promote": {"max_loss": 10_000.0}}),
    ],
    ids=["it may have learnt from these rows", "it cannot score", "that much may be lost"],
)
def test_what_is_stored_gives_way_where_it_may_not_be_judged(
    spoilt: Trained, changed: dict[str, Any], declared: dict[str, Any]
) -> None:
    trained = Trained(table(turns=6), champion=stored_in(spoilt, **changed), **declared)
    assert trained.training.model is not None
    assert trained.training.recipe is not None


def test_what_is_stored_is_judged_on_rows_as_old_as_its_last_outcome(spoilt: Trained) -> None:
    champion = stored_in(spoilt, trained_until=datetime(2025, 7, 1))
    assert Trained(table(turns=6), champion=champion).training.winner is None


def test_a_champion_that_has_lost_a_feature_gives_way_to_a_better_one(first: Trained) -> None:
    recipe = Recipe("logistic", ("visits", "gone"))
    champion, changes = Champion(recipe), Changes(gone=("gone",))
    trained = Trained(table(), champion=champion, changes=changes)
    assert trained.names == ["prior", "logistic"], "what is gone cannot be refitted"
    assert trained.training.recipe == LOGISTIC
    assert "beats the overall rate" in trained.training.verdict


def test_where_none_is_better_than_a_champion_that_has_lost_a_feature_nobody_wins() -> None:
    made = table()
    made["has_quit"] = np.random.default_rng(6).random(len(made)) < 0.4
    recipe = Recipe("logistic", ("visits", "gone"))
    changes = Changes(gone=("gone",))
    training = Trained(made, champion=Champion(recipe), changes=changes).training
    assert training.winner is None
    assert training.verdict == (
        "v1 looks at gone, which is not learnt from any more, and no challenger won"
    )
    rule = Champion(Recipe("rule", ()), version=3)
    training = Trained(made, champion=rule, changes=Changes(gone=(RULE,))).training
    assert training.winner is None
    assert training.verdict == (
        "v3 looks at its rule, which is not learnt from any more, and no challenger won"
    )


def test_a_champion_of_fewer_features_is_refitted_beside_todays() -> None:
    champion = Champion(Recipe("logistic", ("visits",)), unusable="it is old", version=2)
    trained = Trained(table(), champion=champion)
    assert trained.names == ["prior", "logistic with the features of v2", "logistic"]
    assert trained.training.recipe == champion.recipe, "fewer features, and no worse"
    assert trained.training.measured is not None
    assert trained.training.measured.contender.name == "logistic"


def test_a_champion_of_another_estimator_on_todays_features_is_tried() -> None:
    boosting = Recipe("hist_gradient_boosting", tuple(reversed(FEATURES)))
    trained = Trained(table(), champion=Champion(boosting, unusable="it is old"))
    assert trained.names == ["prior", "hist_gradient_boosting", "logistic"]


def test_what_a_row_names_is_never_imported() -> None:
    """A champion of an estimator that the spec no longer names, and nothing beats the prior."""
    made = table()
    made["has_quit"] = np.random.default_rng(6).random(len(made)) < 0.4
    champion = Champion(Recipe("elsewhere:make", FEATURES))
    trained = Trained(made, champion=champion)
    assert trained.names == ["prior", "logistic"]
    assert trained.training.winner is None
    assert trained.training.verdict == (
        "v1 stays: its recipe can no longer be fitted, and none is better"
    )


def test_what_was_not_tried_for_want_of_time_is_named() -> None:
    trained = Trained(table(), seconds="0")
    assert trained.names == ["prior"]
    (warning,) = trained.training.warnings
    assert "The limit of 0 seconds ended the training before logistic" in warning
    champion = Champion(unusable="it is old")
    hurried = Trained(table(), champion=champion, seconds="0")
    assert hurried.names == ["prior", "logistic"], "the champion's is tried in any case"


def test_of_numbers_the_model_knows_how_far_it_is_off() -> None:
    made = table()
    made["has_quit"] = 10 * made["visits"] + np.random.default_rng(5).normal(size=len(made))
    trained = Trained(made, task="regression", candidates=["linear"])
    training = trained.training
    assert training.recipe == Recipe("linear", FEATURES)
    assert training.model is not None
    assert training.model.intervals is not None
    assert training.model.calibration is None
    assert 0.8 <= training.interval_metrics["coverage_90"] <= 1


def test_a_flat_table_is_measured_on_each_row_once() -> None:
    made = table(months=5).drop(columns="as_of_date")
    made["member_id"] = np.arange(len(made))
    trained = Trained(made, as_of=..., horizon=...)
    folds = [one.fold for one in trained.training.cutoffs]
    assert max(one or 0 for one in folds) > FOLDS, "repeated, as the rows are few"
    assert {one.rows for one in trained.training.worths} == {len(made)}
    (note,) = trained.training.notes
    assert "split at random" in note


def test_one_cutoff_has_to_do_for_selection_promotion_and_worth() -> None:
    trained = Trained(table(months=2))
    training = trained.training
    assert [one.at for one in training.cutoffs] == [date(2025, 2, 1)]
    assert training.recipe == LOGISTIC
    assert {one.rows for one in training.worths} == {MEMBERS}
