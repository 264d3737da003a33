"""The usual way to score, once, in a process of its own: rows out, predict, scores back in.

The model is the champion that foretell has trained. The environment says where: BENCH_DUCKDB, a
file, or BENCH_POSTGRES, an address; and BENCH_ROWS, a condition on the rows.
"""

from __future__ import annotations

import io
import json
import os
from typing import Any

import pandas as pd

from foretell.artifacts.artifact import load
from foretell.training.rows import UNKNOWN

_CHAMPION = "select artifact, sha256, recipe from bench_foretell.foretell_store_model_versions"


def main() -> None:
    """Score the rows of bench.scored into bench.peer."""
    condition = os.environ["BENCH_ROWS"]
    if "BENCH_DUCKDB" in os.environ:
        on_duckdb(os.environ["BENCH_DUCKDB"], condition)
    else:
        on_postgres(os.environ["BENCH_POSTGRES"], condition)


def on_duckdb(file: str, condition: str) -> None:
    """Through a frame of pandas."""
    import duckdb

    with duckdb.connect(file) as session:
        model, names = champion(session.execute(_CHAMPION).fetchone())
        columns = ", ".join(["row_id", "as_of_date", *names])
        frame = session.execute(f"select {columns} from bench.scored where {condition}").df()
        frame["score"] = scores(model, frame[names])
        scored = frame[["row_id", "as_of_date", "score"]]
        session.register("scored_frame", scored)
        session.execute("create or replace table bench.peer as select * from scored_frame")


def on_postgres(address: str, condition: str) -> None:
    """Through COPY in both directions."""
    import psycopg2

    with psycopg2.connect(address) as session, session.cursor() as cursor:
        cursor.execute(_CHAMPION)
        model, names = champion(cursor.fetchone())
        out, back = io.StringIO(), io.StringIO()
        columns = ", ".join(["row_id", "as_of_date", *names])
        rows = f"select {columns} from bench.scored where {condition}"
        cursor.copy_expert(f"copy ({rows}) to stdout (format csv, header)", out)
        out.seek(0)
        frame = pd.read_csv(out)
        frame["score"] = scores(model, frame[names])
        frame[["row_id", "as_of_date", "score"]].to_csv(back, index=False, header=False)
        back.seek(0)
        made = "row_id integer, as_of_date date, score double precision"
        cursor.execute(f"drop table if exists bench.peer; create table bench.peer ({made})")
        cursor.copy_expert("copy bench.peer from stdin (format csv)", back)


def scores(model: Any, frame: pd.DataFrame) -> Any:
    """What is unknown among strings is a category of its own, as it was to the model."""
    strings = frame.select_dtypes(exclude="number").columns
    return model.scores(frame.assign(**frame[strings].astype(object).fillna(UNKNOWN)))


def champion(row: Any) -> tuple[Any, list[str]]:
    """The model of a version, and the features that it looks at."""
    artifact, digest, recipe = row
    return load(bytes(artifact), digest, named="v1"), json.loads(recipe)["features"]


if __name__ == "__main__":
    main()
