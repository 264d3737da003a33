"""What an artifact may hold: exact types where they stand, whatever its row says."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from pathlib import Path

import numpy as np
import pytest
import skops.io
from made import make_frame
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_array

from foretell.artifacts.artifact import check_storable, dump, load
from foretell.errors import RegistryError
from foretell.training.own import own_classes
from forged import Part, forge, parts, runs, writes

CHAMPIONS = Path(__file__).parent / "champions"
X = np.random.default_rng(1).normal(size=(80, 3))
Y = X[:, 0] > 0


@pytest.mark.parametrize("name", ["hist_gradient_boosting", "logistic"])
def test_a_champion_that_version_0_1_stored_scores_the_same(name: str) -> None:
    expected = json.loads((CHAMPIONS / "expected.json").read_text())
    artifact = (CHAMPIONS / f"{name}.skops").read_bytes()
    model = load(artifact, expected[name]["sha256"], named="pred_x v1")
    scores = model.scores(make_frame(expected["rows"]))
    assert np.abs(scores - expected[name]["scores"]).max() < 1e-12


@pytest.mark.parametrize("function", ["cProfile.run", "builtins.exec", "os.system"])
@pytest.mark.parametrize("own", [None, frozenset(), frozenset({"cProfile.run", "estimators.Good"})])
def test_no_function_is_called(tmp_path: Path, function: str, own: frozenset[str] | None) -> None:
    owned = tmp_path / "owned"
    code = f"touch {owned}" if function == "os.system" else writes(owned)
    with pytest.raises(RegistryError, match=r"not on the trusted list: .*functools\.partial"):
        load(*runs(code, function=function), named="pred_x v1", own=own)
    assert not owned.exists()


def _a_function_of_its_own(schema: Part) -> None:
    (call,) = (one for one in parts(schema) if one["__loader__"] == "PartialNode")
    schema["content"].append(call["content"]["func"])


def _an_older_way_to_write(schema: Part) -> None:
    # Where older files keep a function's name, the name that is looked at says nothing.
    schema["protocol"] = 0


def _an_id_that_is_taken(schema: Part) -> None:
    listed = schema["content"]
    listed[1] = {**listed[1], "__id__": listed[0]["__id__"]}


def _keys_of_another_list(schema: Part) -> None:
    listed, dictionary = schema["content"][-2:]
    dictionary["key_types"]["__id__"] = listed["__id__"]
    listed["content"] = [schema["content"][0]]


@pytest.mark.parametrize(
    "change",
    [_a_function_of_its_own, _an_older_way_to_write, _an_id_that_is_taken, _keys_of_another_list],
)
def test_no_part_is_taken_for_another(change: Callable[[Part], None]) -> None:
    honest = [partial(check_array, 1), [2], {"key": 3}]
    assert load(*dump(honest), named="pred_x v1")[1:] == honest[1:]
    with pytest.raises(RegistryError, match="not on the trusted list"):
        load(*forge(honest, change), named="pred_x v1")


@pytest.mark.parametrize(
    "held",
    [
        methodcaller("fit"),
        DummyClassifier().fit,
        FunctionTransformer(np.log1p),
        RandomForestClassifier(2).fit(X, Y),
        len,
        print,
        type,
        Path,
    ],
)
def test_what_no_candidate_of_foretell_holds_is_refused(held: object) -> None:
    with pytest.raises(RegistryError, match="not on the trusted list"):
        load(*dump([held]), named="pred_x v1")


def test_an_own_estimator_may_be_made_of_scikit_learn_and_of_classes_in_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    (tmp_path / "ours_in_file.py").write_text(
        "from subprocess import Popen\n"
        "from sklearn.dummy import DummyClassifier\n"
        "class Ours(DummyClassifier):\n    pass\n"
        "Alias = Ours\n"
        "def make(seed):\n    return Ours()\n"
        "def double(x):\n    return 2 * x\n"
    )
    own = own_classes("ours_in_file:make", folder=tmp_path)
    assert own == {"ours_in_file.Ours"}
    module = __import__("ours_in_file")
    good = make_pipeline(FunctionTransformer(np.log1p), module.Ours()).fit(X, Y)
    forest = RandomForestClassifier(3, random_state=1).fit(X, Y)
    for fitted in (good, forest):
        check_storable(fitted, own=own)
        again = load(*dump(fitted), named="pred_x v1", own=own)
        assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X), equal_nan=True)
    for bad in (make_pipeline(FunctionTransformer(module.double), module.Ours()), module.Popen):
        with pytest.raises(RegistryError, match=r"ours_in_file\.double|subprocess\.Popen"):
            check_storable(bad, own=own)
        with pytest.raises(RegistryError, match="not on the trusted list"):
            load(*dump(bad), named="pred_x v1", own=own)


def _boosted() -> HistGradientBoostingClassifier:
    """Boosting that splits by a number and by a category."""
    random = np.random.default_rng(2)
    columns = np.column_stack([random.normal(size=500), random.integers(0, 20, 500)])
    labels = columns[:, 0] + columns[:, 1] % 3 > 1
    return HistGradientBoostingClassifier(max_iter=3, categorical_features=[1]).fit(columns, labels)


@pytest.mark.parametrize(
    ("field", "value"),
    [("left", 10_000), ("right", 0), ("feature_idx", 4), ("feature_idx", -1), ("bitset_idx", 99)],
)
def test_a_tree_that_points_out_of_its_bounds_is_refused(field: str, value: int) -> None:
    model = _boosted()
    load(*dump(model), named="pred_x v1")
    nodes = model._predictors[0][0].nodes
    inner = nodes["is_leaf"] == 0
    if field == "bitset_idx":
        inner &= nodes["is_categorical"] == 1
    assert inner.any()
    nodes[field][inner] = value
    with pytest.raises(RegistryError, match="a tree"):
        load(*dump(model), named="pred_x v1")


def test_a_forest_that_points_out_of_its_bounds_is_refused() -> None:
    forest = RandomForestClassifier(1, random_state=1).fit(X, Y)
    forest.estimators_[0].tree_.feature[0] = 77
    with pytest.raises(RegistryError, match="a tree looks at a column that is not there"):
        load(*dump(forest), named="pred_x v1", own=frozenset())


def test_a_file_that_grows_when_it_is_read_is_refused() -> None:
    packed = skops.io.dumps(np.zeros(1_000_000), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(RegistryError, match="compressed parts"):
        load(packed, hashlib.sha256(packed).hexdigest(), named="pred_x v1")


def test_bytes_that_are_no_skops_file_are_refused() -> None:
    for artifact in (b"PK", b"PK\x03\x04", skops.io.dumps(LogisticRegression())[:-30]):
        with pytest.raises(RegistryError, match="is no skops file"):
            load(artifact, hashlib.sha256(artifact).hexdigest(), named="pred_x v1")
