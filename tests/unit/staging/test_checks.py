"""Which columns of a training query are features."""

from __future__ import annotations

import pytest
from made import make_request, make_spec

from foretell.errors import DataError
from foretell.staging.checks import check_names, features_of

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


@pytest.mark.parametrize(
    ("prediction", "slices", "said"),
    [
        ("p" * 48, ["s" * 63], None),
        ("p" * 49, [], f"The prediction {'p' * 49} of .* has a name of 49 bytes; .* first 48 "),
        ("pred", ["s" * 64], "The column s+ of pred has a name of 64 bytes; .* first 63 "),
        ("pred", ["é" * 32], "has a name of 64 bytes"),
    ],
)
def test_names_that_a_database_would_cut_are_refused(
    prediction: str, slices: list[str], said: str | None
) -> None:
    request, spec = make_request(prediction=prediction), make_spec(slices=slices)
    check_names(request, spec, None)
    if said is None:
        check_names(request, spec, 63)
        return
    with pytest.raises(DataError, match=said):
        check_names(request, spec, 63)
