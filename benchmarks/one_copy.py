"""The usual way to score on Postgres, once, in a process of its own: COPY out, predict, COPY in.

The model is the champion that foretell has trained. The environment says where: BENCH_DSN, and
BENCH_ROWS, a condition on the rows.
"""

from __future__ import annotations

import io
import json
import os

import pandas as pd
import psycopg2

from foretell.artifacts.artifact import load

_STORE = "bench_foretell.foretell_store_model_versions"
_COLUMNS = "row_id integer, as_of_date date, score double precision"


def main() -> None:
    """Score the rows of bench.scored into bench.peer."""
    with psycopg2.connect(os.environ["BENCH_DSN"]) as session, session.cursor() as cursor:
        cursor.execute(f"select artifact, sha256, recipe from {_STORE}")
        ((artifact, digest, recipe),) = cursor.fetchall()
        model, names = load(bytes(artifact), digest, named="v1"), json.loads(recipe)["features"]
        out, back = io.StringIO(), io.StringIO()
        columns = ", ".join(["row_id", "as_of_date", *names])
        rows = f"select {columns} from bench.scored where {os.environ['BENCH_ROWS']}"
        cursor.copy_expert(f"copy ({rows}) to stdout (format csv, header)", out)
        out.seek(0)
        frame = pd.read_csv(out)
        frame["score"] = model.scores(frame[names])
        frame[["row_id", "as_of_date", "score"]].to_csv(back, index=False, header=False)
        back.seek(0)
        cursor.execute(f"drop table if exists bench.peer; create table bench.peer ({_COLUMNS})")
        cursor.copy_expert("copy bench.peer from stdin (format csv)", back)


if __name__ == "__main__":
    main()
