"""Which names a new feature may have, and what the others are answered with."""

from __future__ import annotations

import pytest

from foretell.errors import ScaffoldError
from foretell.scaffold import names


@pytest.mark.parametrize("name", ["household_id", "Amount", "_x1"])
def test_identifiers_are_columns(name: str) -> None:
    assert names.column(name, flag="--time") == name


@pytest.mark.parametrize("name", ["", "1st", "sales usd", "a-b", "a.b", "größe", "a;drop"])
def test_what_is_no_identifier_is_refused_with_its_flag(name: str) -> None:
    with pytest.raises(ScaffoldError, match=r"^`--time .*is no identifier.*such as household_id"):
        names.column(name, flag="--time")


@pytest.mark.parametrize("name", ["order", "Select"])
def test_words_of_sql_are_refused(name: str) -> None:
    with pytest.raises(ScaffoldError, match=r"is a word of SQL.*Rename the column"):
        names.column(name, flag="--time")


@pytest.mark.parametrize("name", ["Coffee", "two__parts", "tail_", "_x", "2nd", "a/b", "..", ""])
def test_what_cannot_be_in_a_file_name_is_no_topic(name: str) -> None:
    with pytest.raises(ScaffoldError, match=r"lower-case letters.*such as coffee"):
        names.topic(name)


@pytest.mark.parametrize("name", ["../x", "raw.orders", "orders.sql", "a b"])
def test_a_path_is_no_model(name: str) -> None:
    with pytest.raises(ScaffoldError, match=r"`--source .*the name alone.*such as fct_baskets"):
        names.model(name, flag="--source")
