"""Great Expectations, spoken to: lines become its expectations, queries its batches.

Its import costs seconds, so it is imported where it is first needed and nowhere else.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from foretell.errors import SpecError
from foretell.validation.connection import (
    as_text,
    quote_keywords,
    tell_columns,
    write_plain_texts,
)
from foretell.validation.limits import check_limits
from foretell.validation.sayable import check_sayable
from foretell.validation.suite import Line
from foretell.validation.types import load_custom, register
from foretell.warehouse.protocol import Warehouse

# Importing Great Expectations is slow and its context is process-wide state.
_LOCK = threading.RLock()
#: Types whose failing rows depend on other rows, so that a row by itself is neither.
_OF_MANY_ROWS = ("unique",)


@contextlib.contextmanager
def great_expectations() -> Iterator[Any]:
    """The module, used by one thread at a time, without its log lines, bars and analytics."""
    with _LOCK, _quiet():
        import great_expectations as gx

        register()
        yield gx


def use_custom(folder: Path) -> None:
    """Let lines use a project's own types, in a folder that need not exist."""
    if folder.is_dir():
        with great_expectations():
            load_custom(folder)


def make_expectation(line: Line, *, number: int = 0) -> Any:
    """Great Expectations' own object for a line.

    Parameters
    ----------
    number
        Comes back in the result's ``meta``, since results come in a different order.

    Raises
    ------
    SpecError
        Its type is unknown or refuses the kwargs; names the file and the line.
    """
    with great_expectations() as gx:
        _check_type(line)
        check_sayable(line)
        declared = line.expectation
        try:
            (expectation,) = gx.ExpectationSuite(
                name="one",
                expectations=[
                    {
                        "type": declared.type,
                        "kwargs": dict(declared.kwargs),
                        "severity": declared.severity,
                        "meta": {"line": number},
                    }
                ],
            ).expectations
            check_limits(expectation)
        except Exception as error:  # GX raises several unrelated types for wrong arguments
            raise SpecError(
                f"{line.where}: `{declared.type}` refuses its kwargs: {_why(error)}"
            ) from None
        return expectation


def implementation(kind: str) -> Any:
    """The class of an expectation type."""
    from great_expectations.expectations.registry import get_expectation_impl

    return get_expectation_impl(kind)


def is_of_rows(kind: str) -> bool:
    """Whether a type asks something of each row, so that single rows fail it."""
    from great_expectations.expectations.expectation import (
        ColumnMapExpectation,
        ColumnPairMapExpectation,
        MulticolumnMapExpectation,
    )

    maps = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)
    return issubclass(implementation(kind), maps)


@contextlib.contextmanager
def open_batch(warehouse: Warehouse, sql: str, columns: Mapping[str, str]) -> Iterator[Any]:
    """The rows of a query as a batch, whose connections are closed in the end.

    Parameters
    ----------
    columns
        SQL types of the query's columns, in upper case.
    """
    with contextlib.ExitStack() as connections:

        def connect() -> Any:
            return connections.enter_context(contextlib.closing(warehouse.connection()))

        yield _batch(warehouse, sql, columns, connect)


def _batch(
    warehouse: Warehouse, sql: str, columns: Mapping[str, str], connect: Callable[[], Any]
) -> Any:
    with great_expectations() as gx:
        from sqlalchemy.pool import StaticPool

        context: Any = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_sql(
            name="warehouse",
            connection_string=warehouse.address,
            create_temp_table=False,
            kwargs={"creator": connect, "poolclass": StaticPool},
        )
        asset = source.add_query_asset("rows", query=warehouse.dialect.render(sql))
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        engine = batch.data.execution_engine.engine
        quote_keywords(engine, warehouse.keywords())
        write_plain_texts(engine)
        tell_columns(engine, columns)
        return batch


def validate(batch: Any, expectations: Sequence[Any], result_format: Any) -> dict[int, Any]:
    """What Great Expectations says of each expectation, by the number that it was made with."""
    if not expectations:
        return {}
    with great_expectations() as gx:
        suite = gx.ExpectationSuite(name="gate", expectations=list(expectations))
        validated = batch.validate(suite, result_format=result_format)
    return {
        evaluation.expectation_config.meta["line"]: evaluation for evaluation in validated.results
    }


def failing_condition(batch: Any, line: Line, expectation: Any) -> str:
    """SQL that is true of the rows that fail a line.

    Raises
    ------
    SpecError
        Single rows cannot fail it.
    """
    with great_expectations():
        from great_expectations.expectations.registry import get_metric_kwargs
        from great_expectations.validator.metric_configuration import MetricConfiguration

        kind = line.expectation.type
        if not is_of_rows(kind) or any(word in kind for word in _OF_MANY_ROWS):
            raise SpecError(
                f"{line.where}: `on_failure: quarantine` sets single rows aside, and `{kind}` is "
                "about many at once. Let it stop the run, or say what each row must be."
            )
        if line.expectation.kwargs.get("row_condition"):
            raise SpecError(
                f"{line.where}: `on_failure: quarantine` looks at every row, and this line has a "
                "`row_condition`, which would leave some out. Let it stop the run, or give the "
                "query a column for the condition and say what that must be."
            )
        name = f"{expectation.map_metric}.condition"
        kwargs = get_metric_kwargs(
            metric_name=name, configuration=expectation.configuration, runtime_configuration={}
        )
        validator = batch._create_validator(result_format="BOOLEAN_ONLY")._wrapped_validator
        condition, *_ = validator.get_metric(
            MetricConfiguration(
                name,
                metric_domain_kwargs=kwargs["metric_domain_kwargs"],
                metric_value_kwargs=kwargs["metric_value_kwargs"],
            )
        )
        return as_text(condition, validator.execution_engine.engine.dialect)


def _check_type(line: Line) -> None:
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    # GX drops an unknown type with a log line, so ask before it can.
    types = sorted(list_registered_expectation_implementations())
    if line.expectation.type not in types:
        close = difflib.get_close_matches(line.expectation.type, types, n=2, cutoff=0.0)
        raise SpecError(
            f"{line.where}: unknown expectation type `{line.expectation.type}`. Did you mean "
            f"{' or '.join(f'`{match}`' for match in close)}? Types are those of Great "
            "Expectations, foretell's own, and those in expectations/custom/, in snake_case."
        )


def _why(error: Exception) -> str:
    """What pydantic or GX has against some kwargs, on one line."""
    problems = getattr(error, "errors", None)
    if callable(problems):
        return "; ".join(
            f"`{'.'.join(str(part) for part in problem['loc'])}`: {problem['msg']}"
            for problem in problems()
        )
    return " ".join(str(error).split())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
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
