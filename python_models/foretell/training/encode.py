"""Features as numbers: what an estimator sees of categories, dates, text and missing values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)

from foretell.ground.kinds import Kinds

Target = Literal["binary", "multiclass", "continuous"]

#: Words of a text that a linear model sees, and dimensions of them that a tree does.
WORDS, DIMENSIONS = 5_000, 20


def for_linear(kinds: Kinds, *, target: Target, seed: int) -> ColumnTransformer:
    """Scaled numbers with a flag where one is missing, a column per category, words of text."""
    found = _by_kind(kinds)
    steps: list[tuple[str, Any, Any]] = [
        (
            "numbers",
            make_pipeline(
                SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
                # What is beyond all that was learnt from counts as the farthest of it.
                MinMaxScaler(clip=True),
                StandardScaler(),
            ),
            found["number"] + found["date"],
        ),
        ("categories", _one_hot(), found["category"]),
        (
            "many categories",
            make_pipeline(_target_encoder(target, seed), StandardScaler()),
            found["many_categories"],
        ),
        *((f"text {name}", _words(), name) for name in found["text"]),
    ]
    return ColumnTransformer([step for step in steps if step[2]])


def for_trees(kinds: Kinds, *, target: Target, seed: int) -> tuple[ColumnTransformer, list[int]]:
    """Numbers as they are, categories as codes, text in few dimensions.

    Returns the transformer and the positions of the categories among its columns.
    """
    found = _by_kind(kinds)
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=float("nan"), max_categories=200
    )
    steps: list[tuple[str, Any, Any]] = [
        ("categories", codes, found["category"]),
        ("numbers", "passthrough", found["number"] + found["date"]),
        ("many categories", _target_encoder(target, seed), found["many_categories"]),
        *((f"text {name}", _directions(seed), name) for name in found["text"]),
    ]
    made = ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0)
    return made, list(range(len(found["category"])))


def _by_kind(kinds: Kinds) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {
        kind: [] for kind in ("number", "date", "category", "many_categories", "text")
    }
    for name, kind in kinds.items():
        found[kind].append(name)
    return found


def _one_hot() -> OneHotEncoder:
    # Rare ones share a column; one that was never seen has none.
    return OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)


def _target_encoder(target: Target, seed: int) -> TargetEncoder:
    # Fits on folds of its own training rows, so that a rare value does not tell its own outcome.
    folds = (KFold if target == "continuous" else StratifiedKFold)(
        5, shuffle=True, random_state=seed
    )
    return TargetEncoder(target_type=target, cv=folds)


def has_words(texts: Iterable[str]) -> bool:
    """Whether any word is in two of the texts, without which a linear model has no column of them.

    >>> has_words(["on time", "Not in time"]), has_words(["\N{THUMBS UP SIGN} !", "!"])
    (True, False)
    """
    words_of = _words().build_analyzer()
    seen: set[str] = set()
    for text in texts:
        words = set(words_of(text))
        if seen & words:
            return True
        seen |= words
    return False


def _words() -> TfidfVectorizer:
    # A word that occurs once says nothing of other rows.
    return TfidfVectorizer(
        max_features=WORDS,
        sublinear_tf=True,
        min_df=2,
        ngram_range=(1, 2),
        token_pattern=r"\b\w+\b",  # noqa: S106
    )


def _directions(seed: int) -> Pipeline:
    # Hashed words are always more than the dimensions, however few words there are.
    return make_pipeline(
        HashingVectorizer(n_features=2**14, ngram_range=(1, 2), alternate_sign=False),
        TfidfTransformer(sublinear_tf=True),
        TruncatedSVD(DIMENSIONS, random_state=seed),
    )
