"""Artifacts: loaded only when they are what was stored, and cannot run code."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import skops.io
from sklearn.base import BaseEstimator, ClassifierMixin

from foretell.errors import RegistryError
from foretell.registry.artifact import dump, load
from foretell.training.candidates import ALL


class Stranger(ClassifierMixin, BaseEstimator):
    """An estimator that foretell does not know."""


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_candidate_survives_the_store(name: str) -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(200, 1 if name == "rule" else 3))
    labels = features[:, 0] + random.normal(size=200) > 0
    pipeline = ALL[name].make(7).fit(features, labels)
    again = load(*dump(pipeline), named="pred_x v1")
    assert np.array_equal(again.predict_proba(features), pipeline.predict_proba(features))


@pytest.mark.parametrize("position", [0, 100, -1])
def test_one_changed_byte_is_refused(position: int) -> None:
    artifact, sha256 = dump(ALL["prior"].make(1).fit([[0.0], [1.0]], [False, True]))
    tampered = bytearray(artifact)
    tampered[position] ^= 1
    with pytest.raises(RegistryError, match=r"artifact of pred_x v1 .* was changed") as refused:
        load(bytes(tampered), sha256, named="pred_x v1")
    assert "foretell_train: true" in str(refused.value)


def test_an_unknown_type_is_refused_even_with_the_right_digest() -> None:
    artifact = skops.io.dumps(Stranger())
    with pytest.raises(RegistryError, match=r"not on the trusted list: .*Stranger"):
        load(artifact, hashlib.sha256(artifact).hexdigest(), named="pred_x v1")
