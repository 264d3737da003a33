"""Every candidate of every task copes with hostile rows, without a word."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made import make_rows, make_spec
from threadpoolctl import threadpool_limits

from foretell.ground.recipe import Recipe
from foretell.scorers.scorer import raw_scores
from foretell.spec import CANDIDATES, Task
from foretell.training.backtest import Contender
from foretell.training.candidates import Problem, candidate, candidates_of, complexity, title
from foretell.training.encode import has_words
from foretell.training.rows import UNKNOWN, Rows, kinds_of

CLASSES = ("a", "b", "c", "d")
EVERY = [
    (name, task, predicts)
    for task, names in CANDIDATES.items()
    for name in names
    for predicts in (("mean", "median", "count") if task == "regression" else (None,))
]


def labels_of(task: Task, size: int, random: np.random.Generator) -> Any:
    return {
        "binary": random.random(size) < 0.3,
        "multiclass": random.choice([0, 2, 3], size),  # there is no 1
        "regression": random.poisson(random.exponential(50, size)).astype(float),
    }[task]


def hostile(task: Task, size: int = 400, *, wide: int = 0, is_new: bool = False) -> Rows:
    random = np.random.default_rng(2 if is_new else 1)
    words = ["late", "train", "good", "bad", "driver", "bus", "stop", "seat", "window", "price"]
    gaps = random.normal(size=size)
    gaps[random.random(size) < 0.5] = np.nan
    few = np.array(["a", "b", "unseen" if is_new else "c", UNKNOWN], object)
    text = [" ".join(random.choice(words, 6)) for _ in range(size)]
    columns: dict[str, Any] = {
        "gaps": gaps,
        "constant": np.ones(size),
        "no_string": np.full(size, UNKNOWN, object),
        "days": random.integers(-30, 900, size),
        "few": random.choice(few, size),
        "many": np.array([f"{is_new} {one}" for one in random.integers(0, 80, size)], object),
        "ids": np.array([f"{is_new}{one}" for one in range(size)], object),
        "text": np.array(["völlig neu \u3060"] * size if is_new else text, object),
        **{f"wide_{at}": random.normal(size=size) for at in range(wide)},
    }
    rule = random.choice(few, size) if task == "multiclass" else gaps
    classes = CLASSES if task == "multiclass" else ()
    return make_rows(
        columns,
        labels_of(task, size, random),
        task=task,
        rule=rule,
        dates=("days",),
        classes=classes,
    )


def scores(rows: Rows, later: Rows, name: str, predicts: Any, *, seed: int = 7) -> np.ndarray:
    """Fitted on some rows, the scores of others, with warnings as errors."""
    if name == "lightgbm":
        pytest.importorskip("lightgbm")
    said: dict[str, Any] = {"task": rows.task}
    said |= {"predicts": predicts} if predicts else {}
    features = () if name == "rule" else rows.names
    contender = Contender(Recipe(name, features), make_spec(**said))
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("error")
        pipeline = contender.fitted(rows, None, seed=seed)
        return raw_scores(
            pipeline, contender.inputs(later), task=rows.task, classes=len(rows.classes)
        )


@pytest.mark.parametrize("shape", [(300, 0), (120, 492)], ids=["mixed", "500 columns"])
@pytest.mark.parametrize(("name", "task", "predicts"), EVERY)
def test_hostile_rows_are_learnt_and_scored(
    name: str, task: Task, predicts: Any, shape: tuple[int, int]
) -> None:
    size, wide = shape
    rows = hostile(task, size, wide=wide)
    assert set(rows.kinds.values()) == {"number", "date", "category", "many_categories", "text"}
    later = hostile(task, 40, wide=wide, is_new=True)
    found = scores(rows, later, name, predicts)
    assert np.isfinite(found).all()
    assert np.array_equal(found, scores(rows, later, name, predicts)), "the same seed, to the bit"
    if task == "multiclass":
        assert found.shape == (40, 4)
        assert (found[:, 1] == 0).all(), "a class that was never seen"
        assert found.sum(axis=1) == pytest.approx(np.ones(40))
    elif task == "binary":
        assert ((found >= 0) & (found <= 1)).all()


def one_column(values: Any, labels: Any, task: Task = "binary") -> Rows:
    random = np.random.default_rng(3)
    columns = {"number": random.normal(size=len(labels)), "odd": values}
    classes = CLASSES if task == "multiclass" else ()
    return make_rows(columns, labels, task=task, classes=classes)


SIZE = 400
RANDOM = np.random.default_rng(4)
LABELS = RANDOM.random(SIZE) < 0.4
LEARNING = [name for name in CANDIDATES["binary"] if name not in ("prior", "rule")]
LETTERS = np.array([" ".join(RANDOM.choice(list("abcdefghijk"), 5)) for _ in range(SIZE)], object)
ONCE = np.array([f"x{at}a x{at}b x{at}c" for at in range(SIZE)], object)


BOOSTING = ("hist_gradient_boosting", "hist_gradient_boosting_large")


@pytest.mark.parametrize("name", LEARNING)
def test_a_column_without_any_value(name: str) -> None:
    rows = one_column(np.full(SIZE, np.nan), LABELS)
    assert np.isfinite(scores(rows, rows, name, None)).all()


@pytest.mark.parametrize("name", LEARNING)
def test_text_of_single_letters(name: str) -> None:
    rows = one_column(LETTERS, LABELS)
    rows = replace(rows, kinds={"number": "number", "odd": "text"})
    assert np.isfinite(scores(rows, rows, name, None)).all()


WORDLESS = {
    "emoji": np.array(
        [
            " ".join(RANDOM.choice(["\U0001f44d", "\U0001f44e", "\U0001f642"], 4))
            for _ in range(SIZE)
        ],
        object,
    ),
    "marks": np.array([" ".join(RANDOM.choice(["!", "?", "..."], 4)) for _ in range(SIZE)], object),
    "empty": np.full(SIZE, "", object),
    "words that occur once": ONCE,
}


@pytest.mark.parametrize("text", WORDLESS)
@pytest.mark.parametrize("name", LEARNING)
def test_text_without_a_word_that_comes_again(name: str, text: str) -> None:
    rows = one_column(WORDLESS[text], LABELS)
    rows = replace(rows, kinds={"number": "number", "odd": "text"})
    assert np.isfinite(scores(rows, rows, name, None)).all()


@pytest.mark.parametrize("name", LEARNING)
def test_many_categories_where_two_of_the_classes_are_there(name: str) -> None:
    many = np.array([f"id{one}" for one in RANDOM.integers(0, 80, SIZE)], object)
    rows = one_column(many, RANDOM.choice([0, 2], SIZE), "multiclass")
    assert (scores(rows, rows, name, None)[:, [1, 3]] == 0).all()


@pytest.mark.parametrize("name", LEARNING)
def test_a_class_of_one_row(name: str) -> None:
    labels = RANDOM.choice([0, 1], SIZE)
    labels[5] = 2
    rows = one_column(np.zeros(SIZE), labels, "multiclass")
    assert np.isfinite(scores(rows, rows, name, None)).all()


def test_candidates_of_a_spec() -> None:
    assert "rule" not in candidates_of(make_spec())
    assert candidates_of(make_spec())[0] == "prior"
    assert "rule" in candidates_of(make_spec(baseline={"sql": "1"}))
    chosen = make_spec(candidates=["own:make", "logistic"], baseline={"sql": "1"})
    assert candidates_of(chosen) == ["prior", "rule", "logistic", "own:make"]
    assert "linear" in candidates_of(make_spec(task="regression"))
    assert complexity("own:make") > complexity("lightgbm") > complexity("logistic")
    assert title("prior", task="regression", predicts="median") == "the overall median"
    assert title("prior", task="regression", predicts="count") == "the overall mean"
    assert title("own:make", task="binary", predicts=None).endswith("own:make")


def test_no_rows_have_no_scores() -> None:
    rows = hostile("binary")
    none = rows.take(np.zeros(len(rows), bool))
    assert scores(rows, none, "logistic", None).shape == (0,)
    several = hostile("multiclass")
    none = several.take(np.zeros(len(several), bool))
    assert scores(several, none, "logistic", None).shape == (0, 4)


def test_words_that_never_come_again_are_no_text() -> None:
    rows = one_column(ONCE, LABELS)
    columns = {"number": "number", "odd": "string"}
    assert kinds_of(rows.frame, columns)["odd"] == "many_categories"


@pytest.mark.parametrize(
    ("name", "counts", "rows", "rounds", "rate"),
    [
        ("hist_gradient_boosting", (60, 40), 49_999, 100, 0.05),
        ("hist_gradient_boosting", (60, 40), 50_000, 200, 0.1),
        ("hist_gradient_boosting", (60, 40, 9), 50_000, 200, 0.1),
        ("hist_gradient_boosting", (60, 40, 9), 1_000, 100, 0.05),
        ("hist_gradient_boosting", (60,) * 4, 50_000, 75, 0.1),
        ("hist_gradient_boosting", (60,) * 20, 50_000, 40, 0.1),
        ("hist_gradient_boosting_large", (60, 10), 1_000, 300, 0.05),
        ("hist_gradient_boosting_large", (60, 9), 1_000, 100, 0.05),
        ("hist_gradient_boosting_large", (60,) * 6, 1_000, 150, 0.1),
    ],
)
def test_boosting_works_as_hard_as_its_problem_is_large(
    name: str, counts: tuple[int, ...], rows: int, rounds: int, rate: float
) -> None:
    """Many classes get fewer and bolder rounds, many rows more; rare classes no early end."""
    task: Task = "binary" if len(counts) == 2 else "multiclass"
    problem = Problem(task, None, {"visits": "number"}, 1, counts, rows)
    made = candidate(name).make(problem)[-1]
    assert (made.max_iter, made.learning_rate) == (rounds, rate)
    assert bool(made.early_stopping) == (name.endswith("large") and min(counts) >= 10)


@pytest.mark.parametrize("name", ["hist_gradient_boosting", "hist_gradient_boosting_large"])
@pytest.mark.parametrize(
    ("predicts", "loss"),
    [("mean", "squared_error"), ("median", "absolute_error"), ("count", "poisson")],
)
def test_boosting_of_numbers_has_the_loss_of_what_it_predicts(
    name: str, predicts: Any, loss: str
) -> None:
    made = candidate(name).make(Problem("regression", predicts, {"visits": "number"}, 1, (), 500))
    assert made[-1].loss == loss
    assert bool(made[-1].early_stopping) == name.endswith("large")


@pytest.mark.parametrize("predicts", ["mean", "median"])
def test_a_line_through_numbers_predicts_what_is_asked_for(predicts: Any) -> None:
    """Of outcomes a tenth of which are far too large, which move the mean alone."""
    visits = np.tile(np.arange(10.0), 200)
    labels = 2 * visits + np.where(np.arange(2_000) % 10 == 3, 100.0, 0.0)
    rows = make_rows({"visits": visits}, labels, task="regression")
    problem = Problem("regression", predicts, {"visits": "number"}, 1, (), 2_000)
    made = candidate("linear").make(problem).fit(rows.frame[["visits"]], labels)
    found = made.predict(rows.frame[["visits"]])
    truth = 2 * visits
    off = float(np.median(found - truth))
    assert off == pytest.approx(10, abs=3) if predicts == "mean" else abs(off) < 2


@pytest.mark.parametrize("name", ["linear", "hist_gradient_boosting"])
def test_a_count_is_never_below_0_and_adds_up(name: str) -> None:
    """Where most count nothing, a line of squared errors goes below 0."""
    random = np.random.default_rng(3)
    visits = random.normal(size=2_000)
    labels = random.poisson(np.exp(1.5 * visits - 2)).astype(float)
    rows = make_rows({"visits": visits}, labels, task="regression")

    def found(predicts: Any) -> Any:
        problem = Problem("regression", predicts, {"visits": "number"}, 1, (), 2_000)
        made = candidate(name).make(problem).fit(rows.frame[["visits"]], labels)
        return made.predict(rows.frame[["visits"]])

    assert found("count").min() > 0
    assert found("count").sum() == pytest.approx(labels.sum(), rel=0.02)
    if name == "linear":
        assert found("mean").min() < 0


def test_words_that_come_again_are_learnt_from() -> None:
    assert has_words(["on time", "not in time"])
    assert not has_words(["on time", "late again", "! !"])
    assert not has_words(["time and time again"]), "within one text"
    notes = np.array(["parcel was late, sorry", "all fine and on schedule"] * 300)
    labels = np.arange(600) % 2 == 0
    rows = make_rows({"notes": np.array([f"{one} {at}" for at, one in enumerate(notes)])}, labels)
    assert rows.kinds["notes"] == "text"
    for name in ("logistic", "hist_gradient_boosting"):
        made = Contender(Recipe(name, ("notes",)), make_spec()).fitted(rows, None, seed=1)
        scores = raw_scores(made, rows.frame[["notes"]], task="binary")
        assert scores[labels].min() > scores[~labels].max(), name


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda at: f"on time {at % 7}", "text"),
        (lambda at: f"time {at % 70}", "many_categories"),
        (lambda at: f"a{at} b{at} c{at}", "many_categories"),
        (lambda at: f"it was late {at % 40}", "many_categories"),
        (lambda at: f"v{at % 5}", "category"),
    ],
    ids=["three words", "two words", "words that are new each time", "few texts", "few values"],
)
def test_text_has_words_that_come_again_in_values_that_do_not(make: Any, kind: str) -> None:
    values = [make(at) for at in range(400)]
    if kind == "text":
        values = [f"{one} {'abcdefghij'[at % 10]}{at // 4}" for at, one in enumerate(values)]
    frame = make_rows({"note": np.array(values)}, np.arange(400) % 2 == 0).frame
    assert kinds_of(frame, {"note": "string"}) == {"note": kind}
