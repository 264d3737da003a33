"""Which columns of a training query are features."""

from __future__ import annotations

from made import make_request, make_spec

from foretell.staging.checks import features_of

COLUMNS = dict.fromkeys(
    ["member_id", "as_of_date", "has_quit", "Email", "age", "visits"], "INTEGER"
)


def test_any_of_the_tags_keeps_a_column_out_however_its_name_is_written() -> None:
    tags = {"email": ["contact", "pii"], "age": ["pii"], "visits": ["daily"], "has_quit": ["pii"]}
    asked = make_request(column_tags=tags)
    assert features_of(asked, make_spec(), COLUMNS) == ("Email", "age", "visits")
    never = make_spec(never_use={"tags": ["pii", "secret"]})
    assert features_of(asked, never, COLUMNS) == ("visits",)
    also = make_spec(never_use={"tags": ["contact"], "columns": ["visits"]})
    assert features_of(asked, also, COLUMNS) == ("age",)
    assert asked.tagged(["secret"]) == ()
