"""Boosted trees by their serving form, beside their own estimator: CPU of the same rows, in turns.

One thread each, rows already in memory; both must give the same scores.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from foretell.scorers.frames import frame_of
from foretell.scorers.inputs import Columns
from foretell.scorers.scorer import raw_scores, scorer_of
from foretell.scorers.trees import Trees
from foretell.training.candidates import Problem, candidate

CANDIDATES = ["hist_gradient_boosting", "hist_gradient_boosting_large"]


def columns(rows: int, numbers: int, strings: int, random: np.random.Generator) -> Columns:
    """Numbers, of which one in twenty is unknown, and strings with eight values."""
    drawn: dict[str, Any] = {}
    for at in range(numbers):
        is_unknown = random.random(rows) < 0.05
        drawn[f"x_{at}"] = np.where(is_unknown, np.nan, random.normal(size=rows))
    values = [f"value {at}" for at in range(8)]
    return drawn | {f"s_{at}": random.choice(values, rows).astype(object) for at in range(strings)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidate", default=CANDIDATES[0], choices=CANDIDATES)
    parser.add_argument("--numbers", type=int, default=15)
    parser.add_argument("--strings", type=int, default=5)
    parser.add_argument("--learnt", type=int, default=60_000)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    random = np.random.default_rng(0)
    learnt, scored = (
        columns(rows, args.numbers, args.strings, random) for rows in (args.learnt, args.rows)
    )
    known = [np.nan_to_num(values) for values in learnt.values() if values.dtype != object]
    weights = random.normal(size=len(known))
    sums = sum(values * weight for values, weight in zip(known, weights, strict=True))
    labels = sums + random.normal(size=args.learnt) > 0
    kinds = {name: "category" if name.startswith("s_") else "number" for name in learnt}
    counts = tuple(np.bincount(labels))
    problem = Problem("binary", None, kinds, seed=1, counts=counts, rows=args.learnt)
    with threadpool_limits(limits=1):
        pipeline = candidate(args.candidate).make(problem)
        pipeline.fit(frame_of(learnt, rows=args.learnt), labels)
        trees = scorer_of(pipeline, task="binary")
        if not isinstance(trees, Trees):
            raise SystemExit("The estimator scores: there is nothing to compare.")
        ways: dict[str, Callable[[], Any]] = {
            "estimator": lambda: raw_scores(
                pipeline, frame_of(scored, rows=args.rows), task="binary"
            ),
            "trees": lambda: trees(scored),
        }
        cpu: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(args.rounds):
            scores = {}
            for way, score in ways.items():
                started = time.process_time()
                scores[way] = score()
                cpu[way].append((time.process_time() - started) * 1e6 / args.rows)
            far = float(np.abs(scores["trees"] - scores["estimator"]).max())
            if far > 1e-12:
                raise SystemExit(f"Scores differ by {far}.")
    ours, theirs = (statistics.median(cpu[way]) for way in ("trees", "estimator"))
    seconds = f"{ours:.2f} against {theirs:.2f} s a million rows"
    print(f"CPU, times the estimator: {ours / theirs:.2f} ({seconds})")
    print(f"{len(trees.tables.adds)} trees, {args.numbers} numbers and {args.strings} strings")


if __name__ == "__main__":
    main()
