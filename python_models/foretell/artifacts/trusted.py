"""What a stored model may hold: an exact list, by how skops restores each part and by its type.

skops trusts a type wherever it stands, and trusts all of scikit-learn by itself. Here each part is
looked at before anything is made of it. Nothing that calls what it is given is on the list: a
partial function is admitted around the one function of scikit-learn that boosting keeps in one,
other functions, bound methods and operators never.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import skops.io

_SCALARS = frozenset(
    f"{kind.__module__}.{kind.__name__}"
    for kind in np.sctypeDict.values()
    if kind is not np.object_
)
_NAMES = frozenset({"builtins.bool", "builtins.float", "builtins.int", "builtins.str", *_SCALARS})
_CHECK_ARRAY = "sklearn.utils.validation.check_array"

#: Types by the way in which skops restores them, which it calls a loader.
_TRUSTED: Mapping[str, frozenset[str]] = {
    "JsonNode": frozenset({"builtins.str"}),
    "ListNode": frozenset({"builtins.list"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "SetNode": frozenset({"builtins.set"}),
    "SliceNode": frozenset({"builtins.slice"}),
    "DictNode": frozenset({"builtins.dict", "collections.OrderedDict"}),
    "DefaultDictNode": frozenset({"collections.defaultdict"}),
    "TypeNode": _NAMES | {"collections.OrderedDict"},
    "NdArrayNode": _SCALARS | {"numpy.ndarray"},
    "DTypeNode": frozenset({"numpy.dtype"}),
    "RandomGeneratorNode": frozenset({"numpy.random._generator.Generator"}),
    "RandomStateNode": frozenset({"numpy.random.mtrand.RandomState"}),
    "PartialNode": frozenset({"functools.partial"}),
    "LossNode": frozenset(
        f"sklearn._loss._loss.Cy{name}"
        for name in (
            *("AbsoluteError", "HalfBinomialLoss", "HalfMultinomialLoss"),
            *("HalfPoissonLoss", "HalfSquaredError"),
        )
    ),
    "ObjectNode": frozenset(
        {
            "foretell.training.calibration.Calibration",
            "foretell.training.intervals.Intervals",
            "foretell.training.model.Model",
            "lightgbm.basic.Booster",
            "lightgbm.sklearn.LGBMClassifier",
            "lightgbm.sklearn.LGBMRegressor",
            "sklearn._loss.link.IdentityLink",
            "sklearn._loss.link.Interval",
            "sklearn._loss.link.LogLink",
            "sklearn._loss.link.LogitLink",
            "sklearn._loss.link.MultinomialLogit",
            "sklearn._loss.loss.AbsoluteError",
            "sklearn._loss.loss.HalfBinomialLoss",
            "sklearn._loss.loss.HalfMultinomialLoss",
            "sklearn._loss.loss.HalfPoissonLoss",
            "sklearn._loss.loss.HalfSquaredError",
            "sklearn.compose._column_transformer.ColumnTransformer",
            "sklearn.compose._column_transformer._RemainderColsList",
            "sklearn.decomposition._truncated_svd.TruncatedSVD",
            "sklearn.dummy.DummyClassifier",
            "sklearn.dummy.DummyRegressor",
            "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
            "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
            "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor",
            "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
            "sklearn.feature_extraction.text.HashingVectorizer",
            "sklearn.feature_extraction.text.TfidfTransformer",
            "sklearn.feature_extraction.text.TfidfVectorizer",
            "sklearn.impute._base.MissingIndicator",
            "sklearn.impute._base.SimpleImputer",
            "sklearn.linear_model._glm.glm.PoissonRegressor",
            "sklearn.linear_model._huber.HuberRegressor",
            "sklearn.linear_model._logistic.LogisticRegression",
            "sklearn.linear_model._ridge.RidgeCV",
            "sklearn.model_selection._split.KFold",
            "sklearn.model_selection._split.StratifiedKFold",
            "sklearn.pipeline.Pipeline",
            "sklearn.preprocessing._data.MinMaxScaler",
            "sklearn.preprocessing._data.QuantileTransformer",
            "sklearn.preprocessing._data.StandardScaler",
            "sklearn.preprocessing._encoders.OneHotEncoder",
            "sklearn.preprocessing._encoders.OrdinalEncoder",
            # Of columns that pass as they are; a function to call is not on the list.
            "sklearn.preprocessing._function_transformer.FunctionTransformer",
            "sklearn.preprocessing._label.LabelEncoder",
            "sklearn.preprocessing._target_encoder.TargetEncoder",
        }
    ),
}  # fmt: skip

#: Trees of scikit-learn's forests, which skops leaves to its caller: `bounds.py` looks inside.
_TREE = "sklearn.tree._tree.Tree"
#: How skops wrote files when this list was made; older ways keep names in other places.
_PROTOCOL = 2

Part = Mapping[str, Any]


def untrusted_in(artifact: bytes, *, own: Collection[str] | None = None) -> set[str]:
    """The types in an artifact that are not trusted where they stand.

    Parameters
    ----------
    own
        Of an estimator of the project's own: the classes that its file defines. With them come
        the estimators and ufuncs that skops trusts, since it may be made of any.
    """
    with zipfile.ZipFile(io.BytesIO(artifact)) as file:
        # skops stores parts as they are: compressed ones could be far larger than they look.
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in file.infolist()):
            return {"compressed parts"}
        schema = json.loads(file.read("schema.json"))
    if schema.get("protocol") != _PROTOCOL:
        return {f"a file of skops' protocol {schema.get('protocol')!r}, not {_PROTOCOL}"}
    parts = list(_parts(schema))
    twins = _by_id(parts)
    strange = set(skops.io.get_untrusted_types(data=artifact)) if own is not None else set()
    return {
        _name(part)
        for part in parts
        if not _is_alike(part, twins)
        or not (_is_listed(part, twins) or _is_of_own(part, own=own, strange=strange))
    }


def _parts(schema: Any) -> Iterator[Part]:
    """Every part of a file, however deep, whatever skops would make of it."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "__loader__" in part or "__class__" in part:
                yield part
            if part.get("__loader__") == "PartialNode":
                # The function is judged with the part that holds it.
                part = {**part["content"], "func": None}
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _by_id(parts: Sequence[Part]) -> Mapping[Any, list[Part]]:
    """Parts of one id: skops restores the first of them and takes it for all others."""
    twins: dict[Any, list[Part]] = {}
    for part in parts:
        twins.setdefault(part.get("__id__"), []).append(part)
        if part.get("__loader__") == "PartialNode":
            func = part["content"]["func"]
            twins.setdefault(func.get("__id__"), []).append(func)
    twins.pop(None, None)
    return twins


def _is_alike(part: Part, twins: Mapping[Any, list[Part]]) -> bool:
    """Whether all parts with its id declare the type that it declares."""
    return all(
        (twin.get("__loader__"), _name(twin)) == (part.get("__loader__"), _name(part))
        for twin in twins.get(part.get("__id__"), ())
    )


def _name(part: Part) -> str:
    return f"{part.get('__module__')}.{part.get('__class__')}"


def _is_listed(part: Part, twins: Mapping[Any, list[Part]]) -> bool:
    loader, name = str(part.get("__loader__")), _name(part)
    if name not in _TRUSTED.get(loader, ()):
        return False
    if loader == "PartialNode":
        func = part["content"]["func"]
        return all(
            twin.get("__loader__") == "FunctionNode" and _name(twin) == _CHECK_ARRAY
            for twin in [func, *twins.get(func.get("__id__"), ())]
        )
    if loader == "DefaultDictNode":
        return part["content"]["default_factory"].get("__loader__") in ("TypeNode", "JsonNode")
    if loader == "DictNode":
        # skops calls them with each key.
        kinds = part["key_types"]
        return all(
            twin.get("__loader__") == "ListNode"
            and all(kind.get("__loader__") == "TypeNode" for kind in twin["content"])
            for twin in [kinds, *twins.get(kinds.get("__id__"), ())]
        )
    return True


def _is_of_own(part: Part, *, own: Collection[str] | None, strange: Collection[str]) -> bool:
    if own is None:
        return False
    loader, name = str(part.get("__loader__")), _name(part)
    if loader == "ObjectNode":
        return name in own or name not in strange
    if loader == "TreeNode":
        return name == _TREE
    # Functions of numpy and scipy that work on each element, and losses.
    return loader in ("FunctionNode", "LossNode") and name not in strange
