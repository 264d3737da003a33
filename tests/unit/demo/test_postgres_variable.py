"""One variable puts the demo on Postgres."""

from __future__ import annotations

import os

import pytest

from foretell.demo.postgres import VARIABLE, read_variable
from foretell.errors import DataError


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set during a test is unset after it."""
    for name in ("HOST", "PORT", "USER", "DBNAME"):
        monkeypatch.setenv(f"FORETELL_DEMO_{name}", "")
    monkeypatch.setenv("DBT_ENV_SECRET_DEMO_PASSWORD", "")


def test_an_address_is_read_into_what_the_profile_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "postgresql://an%20owner:a%2Fb%40c@db.example.com/the%20shop")
    read_variable()
    found = {name: os.environ[f"FORETELL_DEMO_{name}"] for name in ("HOST", "PORT", "USER")}
    assert found == {"HOST": "db.example.com", "PORT": "5432", "USER": "an owner"}
    assert os.environ["FORETELL_DEMO_DBNAME"] == "the shop"
    assert os.environ["DBT_ENV_SECRET_DEMO_PASSWORD"] == "a/b@c"


@pytest.mark.parametrize(
    "address", ["shop", "mysql://a:secret@b/c", "postgresql://b/c", "postgresql://a:secret@b:x/c"]
)
def test_what_is_no_address_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    with pytest.raises(DataError, match="is no address of a Postgres database") as refused:
        read_variable()
    assert "secret" not in str(refused.value)
