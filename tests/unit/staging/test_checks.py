"""Which columns of a training query are features."""

from __future__ import annotations

import json

from made import make_spec

from foretell.request import Request, read_request
from foretell.staging.checks import features_of

COLUMNS = dict.fromkeys(
    ["member_id", "as_of_date", "has_quit", "Email", "age", "visits"], "INTEGER"
)


def request(**tags: list[str]) -> Request:
    place = {"database": "gym", "schema": "gym"}
    empty = dict.fromkeys(("file", "description", "sql", "invocation_id", "suite", "modules"), "")
    said = {"prediction": "pred", "declared": {}, "views": [], "today": "2025-08-01"}
    asked = {
        "train": False,
        "full_refresh": False,
        "reset": False,
        "train_seconds": "600",
        "gates": True,
    }
    where = {"relation": place | {"name": "pred"}, "stores": place, "champion_from": None}
    return read_request(json.dumps(empty | said | asked | where | {"column_tags": tags}))


def test_any_of_the_tags_keeps_a_column_out_however_its_name_is_written() -> None:
    asked = request(email=["contact", "pii"], age=["pii"], visits=["daily"], has_quit=["pii"])
    assert features_of(asked, make_spec(), COLUMNS) == ("Email", "age", "visits")
    never = make_spec(never_use={"tags": ["pii", "secret"]})
    assert features_of(asked, never, COLUMNS) == ("visits",)
    also = make_spec(never_use={"tags": ["contact"], "columns": ["visits"]})
    assert features_of(asked, also, COLUMNS) == ("age",)
    assert asked.tagged(["secret"]) == ()
