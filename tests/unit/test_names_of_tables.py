"""The dbt package refuses names that are taken: it must know all that the engine writes to."""

from __future__ import annotations

import re

from made import make_request

from foretell.ground.stores import PREFIX, PUBLISHED, SEEN_OF, STORES
from foretell.questions.scratch import scratch_of
from foretell.resources import dbt_package_dir
from foretell.warehouse.marks import COMMENT, MARK

OURS = (dbt_package_dir() / "macros/stores/_ours.sql").read_text(encoding="utf-8")


def test_the_package_knows_every_table_of_a_prediction() -> None:
    listed = OURS.partition("macro _parts_of_a_prediction")[2].partition("endmacro")[0]
    parts = set(re.findall(r"'(\w+)'", listed))
    asked = make_request()
    tables = [asked.staged, asked.scored, asked.set_aside, asked.quarantine, asked.history]
    tables += [asked.kept, asked.table("backtest"), asked.running, *scratch_of(asked)]
    anew = make_request(full_refresh=True, reset=True)
    tables += [anew.new_history, anew.new_kept]
    names = {re.sub("__(then|now)__", "__", one.name) for one in tables}
    assert {name.removeprefix(f"{asked.prediction}__") for name in names} <= parts


def test_what_is_forgotten_is_looked_for_in_every_table_of_a_prediction() -> None:
    listed = OURS.partition("macro _parts_of_a_prediction")[2].partition("endmacro")[0]
    places = (dbt_package_dir() / "macros/forget/_kept_places.sql").read_text(encoding="utf-8")
    ((alternatives,),) = [re.findall(r"\(__then\|__now\)\?__\(([\w|]+)\)", places)]
    assert set(alternatives.split("|")) == set(re.findall(r"'(\w+)'", listed))


def test_the_stores_and_what_is_seen_of_them_are_said_alike() -> None:
    listed = (dbt_package_dir() / "macros/stores/_stores.sql").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^        '(\w+)': \{", listed, re.MULTILINE)) == STORES
    named = (dbt_package_dir() / "macros/stores/make_stores.sql").read_text(encoding="utf-8")
    assert f"return('{PREFIX}' ~ name)" in named
    rule = (dbt_package_dir() / "macros/stores/seen.sql").read_text(encoding="utf-8")
    assert f"published = {list(PUBLISHED)}" in rule
    more = {
        store: (*PUBLISHED, *re.findall(r"'(\w+)'", others))
        for store, others in re.findall(r"'(\w+)': published \+ \[(.+)\]", rule)
    }
    assert more == SEEN_OF


def test_the_mark_is_one() -> None:
    assert f"_mark_text() -%}}{MARK}{{%-" in OURS
    assert COMMENT.startswith(MARK)
    assert COMMENT.removeprefix(MARK) in OURS
