"""What kind of values a column has, by its SQL type."""

from __future__ import annotations

import pytest

from foretell.ground.kinds import column_kind, is_whole


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (
            "BOOLEAN TINYINT INTEGER BIGINT HUGEINT UBIGINT INT4 DOUBLE FLOAT DECIMAL(18,3)",
            "number",
        ),
        ("DATE TIMESTAMP TIMESTAMP_NS TIMESTAMPTZ DATETIME", "date"),
        ("VARCHAR VARCHAR(20) TEXT STRING UUID ENUM('a','b')", "string"),
        ("BLOB TIME INTERVAL VARCHAR[] DATE[] INTEGER[3] STRUCT(a) JSON BIT", None),
    ],
)
def test_kinds(types: str, kind: str | None) -> None:
    for one in types.split(" "):
        assert column_kind(one) == kind, one


def test_types_of_two_words() -> None:
    assert column_kind("DOUBLE PRECISION") == "number"
    assert column_kind("TIMESTAMP WITH TIME ZONE") == "date"
    assert column_kind("CHARACTER VARYING(3)") == "string"


@pytest.mark.parametrize(
    "values", ["'[0, 10)', '[10, 20)'", "'it''s', '(none)'", "'a), ''b'", "'a[]'", "''", "'a\nb'"]
)
def test_an_enum_is_a_string_whatever_it_lists(values: str) -> None:
    assert column_kind(f"ENUM({values})") == "string"
    assert column_kind(f"ENUM({values})[]") is None
    assert column_kind(f"ENUM({values})[3]") is None


@pytest.mark.parametrize("of", ["TIMESTAMP", "ENUM('a')"])
def test_lists_are_no_features(of: str) -> None:
    assert column_kind(f"{of}[]") is None


def test_whole_numbers() -> None:
    assert all(is_whole(one) for one in ("BOOLEAN", "INTEGER", "UBIGINT", "HUGEINT"))
    assert not any(is_whole(one) for one in ("DOUBLE", "DECIMAL(3,0)", "VARCHAR", "DATE"))
