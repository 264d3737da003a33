"""Runs a suite on a query, on the connection that dbt holds."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from foretell.errors import SpecError
from foretell.validation.connection import BorrowedConnection
from foretell.validation.results import Result, Status
from foretell.validation.suite import Expectation, Stage, Suite
from foretell.warehouse.protocol import Warehouse

# Importing Great Expectations costs seconds and its context is process-wide state.
_LOCK = threading.Lock()


def run_gate(warehouse: Warehouse, suite: Suite, *, stage: Stage, sql: str) -> list[Result]:
    """Evaluate one gate's expectations on the rows of a query.

    Raises:
        SpecError: Great Expectations does not know an expectation's type or arguments.
    """
    lines = suite.at(stage)
    if not lines:
        return []
    with _LOCK, _quiet():
        gx_suite = _as_gx_suite(lines, stage)
        started = time.perf_counter()
        validated = _batch(warehouse, sql).validate(gx_suite)
        seconds = (time.perf_counter() - started) / len(lines)
    return [
        _result(found, line, stage, seconds) for found, line in _in_order(validated.results, lines)
    ]


def _as_gx_suite(lines: Sequence[Expectation], stage: Stage) -> Any:
    import great_expectations as gx
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    known = set(list_registered_expectation_implementations())
    made = []
    for number, line in enumerate(lines):
        where = f"expectations: {stage}[{number}]"
        # GX drops an unknown type with a log line, so ask before it can.
        if line.type not in known:
            raise SpecError(
                f"{where}: unknown expectation type `{line.type}`. "
                f"Did you mean {_nearest(line.type, known)}? "
                "Types are those of Great Expectations, in snake_case."
            )
        try:
            single = gx.ExpectationSuite(
                name="one",
                expectations=[
                    {
                        "type": line.type,
                        "kwargs": dict(line.kwargs),
                        "severity": line.severity,
                        "meta": {"line": number},
                    }
                ],
            )
            made.extend(single.expectations)
        except Exception as error:  # GX raises several unrelated types for wrong arguments
            message = " ".join(str(error).split())
            raise SpecError(f"{where}: `{line.type}` refuses its kwargs: {message}") from None
    if len(made) != len(lines):
        raise SpecError(f"expectations: Great Expectations kept {len(made)} of {len(lines)} lines")
    return gx.ExpectationSuite(name=stage, expectations=made)


def _nearest(name: str, known: set[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, sorted(known), n=2, cutoff=0.0)
    return " or ".join(f"`{one}`" for one in close)


def _batch(warehouse: Warehouse, sql: str) -> Any:
    import great_expectations as gx
    from sqlalchemy.pool import StaticPool

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        name="warehouse",
        connection_string="duckdb://",
        create_temp_table=False,
        kwargs={
            "creator": lambda: BorrowedConnection(warehouse.connection()),
            "poolclass": StaticPool,
        },
    )
    asset = source.add_query_asset("rows", query=sql)
    return asset.add_batch_definition_whole_table("all").get_batch()


def _in_order(results: Sequence[Any], lines: Sequence[Expectation]) -> Iterator[tuple[Any, Any]]:
    found = {result.expectation_config.meta["line"]: result for result in results}
    for number, line in enumerate(lines):
        yield found[number], line


def _result(found: Any, line: Expectation, stage: Stage, seconds: float) -> Result:
    exception = _exception(found.exception_info or {})
    detail = found.result or {}
    percent = detail.get("unexpected_percent")
    if exception:
        status: Status = "error"
        observed = exception
    else:
        status = "pass" if found.success else "fail"
        observed = _observed(detail)
    return Result(
        stage=stage,
        expectation=line,
        status=status,
        observed=observed[:500],
        seconds=seconds,
        unexpected_percent=None if percent is None else float(percent),
    )


def _exception(info: dict[str, Any]) -> str:
    """The message of an evaluation that raised; GX nests it one level deep, or not at all."""
    for one in (info, *info.values()):
        if isinstance(one, dict) and one.get("raised_exception"):
            return " ".join(str(one.get("exception_message")).split())
    return ""


def _observed(detail: dict[str, Any]) -> str:
    if detail.get("observed_value") is not None:
        value = detail["observed_value"]
        return f"{value:.4g}" if isinstance(value, float) else str(value)
    if detail.get("unexpected_count") is not None:
        count, total = detail["unexpected_count"], detail.get("element_count", 0)
        examples = ", ".join(str(one) for one in (detail.get("partial_unexpected_list") or [])[:3])
        return f"{count:,} of {total:,} rows" + (f", such as {examples}" if examples else "")
    return ""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations without its log lines, progress bars and analytics."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logger = logging.getLogger("great_expectations")
    before = logger.propagate
    logger.propagate = False
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.propagate = before
