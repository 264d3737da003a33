"""The dbt package refuses names that are taken: it must know all that the engine writes to."""

from __future__ import annotations

import re

from made import make_request

from foretell.questions.scratch import scratch_of
from foretell.resources import dbt_package_dir
from foretell.warehouse.marks import COMMENT, MARK

OURS = (dbt_package_dir() / "macros/stores/_ours.sql").read_text(encoding="utf-8")


def test_the_package_knows_every_table_of_a_prediction() -> None:
    listed = OURS.partition("macro _parts_of_a_prediction")[2].partition("endmacro")[0]
    parts = set(re.findall(r"'(\w+)'", listed))
    asked = make_request()
    tables = [asked.staged, asked.scored, asked.set_aside, asked.quarantine, asked.history]
    tables += [asked.kept, asked.store(f"{asked.prediction}__backtest"), *scratch_of(asked)]
    names = {re.sub("__(then|now)__", "__", one.name) for one in tables}
    assert {name.removeprefix(f"{asked.prediction}__") for name in names} <= parts
    for appended in ("history", "features", "quarantine"):
        assert f"{appended}__made" in parts


def test_the_mark_is_one() -> None:
    assert f"_mark_text() -%}}{MARK}{{%-" in OURS
    assert COMMENT.startswith(MARK)
    assert COMMENT.removeprefix(MARK) in OURS
