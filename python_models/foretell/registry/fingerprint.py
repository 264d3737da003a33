"""Fingerprints that change with meaning only: not with today's date, schemas or comments."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime

from foretell.ground.definitions import Definitions
from foretell.spec import PredictionSpec

_STRING_OR_COMMENT = re.compile(r"('(?:[^']|'')*')|(--[^\n]*|/\*.*?\*/)", re.DOTALL)
_QUALIFIED = re.compile(r'(?:"(?:[^"]|"")*"\.)+("(?:[^"]|"")*")')

#: Keys that change what is shown or who is named, not what is learnt.
_NOT_LEARNT = {"reasons", "reasons_for", "value", "leakage", "retrain", "slices", "trust"}


def spec_fingerprint(spec: PredictionSpec) -> str:
    """Of what a spec says about learning; what it leaves at its default is not said."""
    said = spec.model_dump(mode="json", exclude=_NOT_LEARNT, exclude_defaults=True)
    return _digest(json.dumps(said, sort_keys=True))


def query_fingerprint(sql: str, *, instant: datetime) -> str:
    """Of a compiled training query's meaning, whenever it was compiled."""
    bare = _STRING_OR_COMMENT.sub(lambda found: found[1] or " ", sql)
    bare = bare.replace(f"{instant}", "<now>").replace(f"{instant.date()}", "<today>")
    bare = _QUALIFIED.sub(r"\1", bare)
    return _digest(" ".join(bare.split()))


def features_fingerprint(features: Definitions) -> str:
    """Of a set of features and how each is defined, whatever their order."""
    return _digest(json.dumps(features, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
