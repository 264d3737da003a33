"""A feature that becomes another kind of column is a reason to train, whatever the SQL says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from made import make_spec

from foretell.ground.recipe import Recipe
from foretell.ground.relation import Relation
from foretell.run.judge import _changes
from foretell.run.trail import Run
from foretell.staging.staged import Staged
from foretell.warehouse.duckdb_dialect import DuckDBDialect


@pytest.mark.parametrize(("waiting", "redefined"), [(None, ("grade",)), (2, ())])
def test_a_champion_that_looks_at_a_number_is_trained_anew_for_text(
    waiting: int | None, redefined: tuple[str, ...]
) -> None:
    learns = SimpleNamespace(features={})
    champion = SimpleNamespace(version=1, recipe=Recipe("logistic", ("grade", "age"), {}))
    run = Run(
        cast("Any", SimpleNamespace(kept=None)),
        cast("Any", SimpleNamespace(columns=lambda _: {})),
        print,
        champion=cast("Any", champion),
        waiting=waiting,
    )
    staged = Staged(
        Relation("", "", ""), make_spec(), {"grade": "string", "age": "number"}, DuckDBDialect(), {}
    )
    changes = _changes(run, staged, cast("Any", learns), since=cast("Any", learns))
    assert changes.redefined == redefined
