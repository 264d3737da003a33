"""Which versions are compared, and how what they look at differs."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from foretell.errors import RegistryError
from foretell.ground.recipe import Recipe
from foretell.questions.diff import looks_at_otherwise, pair_of
from foretell.registry.versions import Champion, Stored


@pytest.mark.parametrize(
    ("named", "served", "pair"),
    [
        ((), [4, 2, 1], (2, 4)),
        ((3,), [4, 2, 1], (4, 3)),
        ((3, 4), [], (3, 4)),
        ((4, 3), [4], (4, 3)),
    ],
)
def test_which_two_are_compared(
    named: tuple[int, ...], served: list[int], pair: tuple[int, int]
) -> None:
    assert pair_of("pred_x", named, served=served, known=[1, 2, 3, 4]) == pair


@pytest.mark.parametrize(
    ("named", "served", "phrase"),
    [
        ((), [], "has no champion to compare with; it has [v1, v2]. Name two"),
        ((2,), [], "has no champion to compare with"),
        ((), [1], "no champion before v1; it has [v1, v2]. Name the version to compare it with: "
         "foretell diff pred_x v2"),
        ((1,), [1], "v1 is the champion itself"),
        ((2, 2), [1], "v2 is named twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared(named: tuple[int, ...], served: list[int], phrase: str) -> None:
    with pytest.raises(RegistryError) as refusal:
        pair_of("pred_x", named, served=served, known=[1, 2])
    assert phrase in str(refusal.value)


def version(features: tuple[str, ...], definitions: dict[str, str]) -> Champion:
    """A version that looks at some features of those that it chose from."""
    return Champion(
        prediction="pred_x",
        version=1,
        recipe=Recipe("logistic", features),
        made_on=date(2025, 1, 1),
        trained_until=datetime(2025, 1, 1),
        spec_fingerprint="",
        query_fingerprint="",
        definitions=definitions,
        metrics={},
        libraries={},
        reference={},
        artifact=b"",
        sha256="",
        stored=Stored("{}", "{}", None, (), frozenset(), Path()),
    )


def test_only_features_that_a_version_looks_at_differ() -> None:
    then = version(("a", "b", "c"), {"a": "1", "b": "1", "c": "1", "unused": "1"})
    now = version(("a", "b", "d"), {"a": "1", "b": "2", "c": "1", "d": "1", "unused": "2"})
    changes = looks_at_otherwise(then, now)
    assert (changes.added, changes.gone, changes.redefined) == (("d",), ("c",), ("b",))


def test_a_version_without_recorded_definitions_is_taken_at_its_names() -> None:
    changes = looks_at_otherwise(version(("a",), {}), version(("a", "b"), {"a": "1", "b": "1"}))
    assert (changes.added, changes.gone, changes.redefined) == (("b",), (), ())
