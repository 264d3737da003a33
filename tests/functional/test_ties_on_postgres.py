"""States that tie are found on Postgres, whatever the types of their values."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from foretell.features.ties import ties
from foretell.ground.relation import Relation
from foretell.ground.views import Feature, FeatureView
from foretell.warehouse.postgres import PostgresWarehouse

if TYPE_CHECKING:
    from postgres_server import Server

KINDS = ("is_paid boolean", "code uuid", "rate double precision", "place text")


def test_states_that_differ_in_one_value_tie(postgres_server: Server) -> None:
    database = "ties"
    postgres_server.make_database(database)
    columns = [kind.split()[0] for kind in KINDS]
    postgres_server.query(
        f"create table rates (guest_id bigint, valid_from date, {', '.join(KINDS)})", database
    )
    other = {
        "is_paid": "false", "code": "'6f2a8c52-0b1d-4c7e-9a51-0d3c1f0e5a11'", "rate": "2",
        "place": "'hill'",
    }  # fmt: skip
    first = ["true", "'00000000-0000-0000-0000-000000000000'", "1", "'lake'"]
    for guest, column in enumerate((None, *columns)):
        second = [
            other[name] if name == column else v for name, v in zip(columns, first, strict=True)
        ]
        for values in (first, second):
            postgres_server.query(
                f"insert into rates values ({guest}, '2025-06-01', {', '.join(values)})", database
            )
    view = FeatureView(
        name="feat_guest__rates", kind="states", topic="rates", entity="guest_id", owner="",
        description="", at="valid_from", known_at=None, until=None, filters=(), code="",
        relation=Relation(database, "public", "rates"),
        features=tuple(Feature(f"rates_{name}", "", "", name) for name in columns),
    )  # fmt: skip
    with closing(postgres_server.connect(database)) as session:
        said = ties(view, PostgresWarehouse(session))
    assert said is not None
    assert said.startswith("feat_guest__rates has 4 times two or more states")
