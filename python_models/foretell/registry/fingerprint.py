"""Fingerprints that change with meaning only: not with today's date, schemas or comments."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from foretell.ground.definitions import Definitions
from foretell.ground.sql_text import bare_sql
from foretell.spec import PredictionSpec

#: Keys that change what is shown or who is named, not what is learnt.
_NOT_LEARNT = {"reasons", "reasons_for", "value", "leakage", "retrain", "slices", "trust"}


def spec_fingerprint(spec: PredictionSpec) -> str:
    """Of what a spec declares about learning; a key left at its default does not count."""
    declared = spec.model_dump(mode="json", exclude=_NOT_LEARNT, exclude_defaults=True)
    return _digest(json.dumps(declared, sort_keys=True))


def query_fingerprint(sql: str, *, instant: datetime, dialect: str) -> str:
    """Of a compiled training query's meaning, whenever it was compiled."""
    bare = bare_sql(sql, dialect, without_schemas=True)
    return _digest(bare.replace(f"{instant}", "<now>").replace(f"{instant.date()}", "<today>"))


def features_fingerprint(features: Definitions) -> str:
    """Of a set of features and how each is defined, whatever their order."""
    return _digest(json.dumps(features, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
