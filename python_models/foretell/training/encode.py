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
    names_by_kind = _by_kind(kinds)
    steps: list[tuple[str, Any, Any]] = [
        (
            "numbers",
            make_pipeline(
                SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
                # A value beyond all that were learnt from counts as the nearest of them.
                MinMaxScaler(clip=True),
                StandardScaler(),
            ),
            names_by_kind["number"] + names_by_kind["date"],
        ),
        ("categories", _one_hot(), names_by_kind["category"]),
        (
            "many categories",
            make_pipeline(_target_encoder(target, seed), StandardScaler()),
            names_by_kind["many_categories"],
        ),
        *((f"text {name}", _words(), name) for name in names_by_kind["text"]),
    ]
    return ColumnTransformer([step for step in steps if step[2]])


def for_trees(kinds: Kinds, *, target: Target, seed: int) -> tuple[ColumnTransformer, list[int]]:
    """Numbers as they are, categories as codes, text in few dimensions.

    Returns the transformer and the positions of the categories among its columns.
    """
    names_by_kind = _by_kind(kinds)
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=float("nan"), max_categories=200
    )
    steps: list[tuple[str, Any, Any]] = [
        ("categories", codes, names_by_kind["category"]),
        ("numbers", "passthrough", names_by_kind["number"] + names_by_kind["date"]),
        ("many categories", _target_encoder(target, seed), names_by_kind["many_categories"]),
        *((f"text {name}", _directions(seed), name) for name in names_by_kind["text"]),
    ]
    transformer = ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0)
    return transformer, list(range(len(names_by_kind["category"])))


def _by_kind(kinds: Kinds) -> dict[str, list[str]]:
    names_by_kind: dict[str, list[str]] = {
        kind: [] for kind in ("number", "date", "category", "many_categories", "text")
    }
    for name, kind in kinds.items():
        names_by_kind[kind].append(name)
    return names_by_kind


def _one_hot() -> OneHotEncoder:
    # Rare categories share a column; a category that was never seen has none.
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
    earlier_words: set[str] = set()
    for text in texts:
        words = set(words_of(text))
        if earlier_words & words:
            return True
        earlier_words |= words
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
