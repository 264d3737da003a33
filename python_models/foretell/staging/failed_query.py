"""Why a training query failed: what the database says of it, and advice where a key is to blame."""

from __future__ import annotations

import re
from itertools import pairwise

from foretell.errors import DataError
from foretell.request import Request
from foretell.spec import PredictionSpec

_MISSING = re.compile(
    r'column "(?P<name>.+?)" not found|does not have a column named "(?P<of_table>.+?)"'
)
_SUGGESTED = ("Candidate bindings", "Candidate tables", "Did you mean")
#: What a whole number of a key is published as, and does not fit in.
_TOO_LONG = re.compile(r"to DECIMAL\(38,0\).* source column (?P<name>.+)")
_OF_TYPES = ("Cannot compare", "No function matches")


def failed_query(error: Exception, request: Request, spec: PredictionSpec) -> DataError:
    """The refusal of a training query, in the database's words.

    Advice about `entity` or `as_of` is given only where the database complains about that column:
    its message also quotes the line of SQL, which may name different columns.
    """
    return DataError(
        f"The training query of {request.prediction} failed: {first_line(error)}. "
        f"{_suggested(error)}{_advice(error, request, spec)}"
        "dbt's compiled folder has the query as it ran."
    )


def first_line(error: Exception) -> str:
    """What the database complains about, without the SQL and without a full stop."""
    return str(error).strip().split("\n")[0].rstrip(".!")


def _suggested(error: Exception) -> str:
    for line in str(error).split("\n"):
        if line.startswith(_SUGGESTED):
            return re.sub(r"(: )+", ": ", line.strip()).rstrip(".") + ". "
    return ""


def _advice(error: Exception, request: Request, spec: PredictionSpec) -> str:
    match = _MISSING.search(first_line(error))
    missing = (match["name"] or match["of_table"]).lower() if match else None
    blamed = []
    if missing == spec.entity.lower():
        blamed.append((f"entity: {spec.entity}", "a column"))
    if spec.as_of and (missing == spec.as_of.lower() or _is_of_no_time(error, spec.as_of)):
        blamed.append((f"as_of: {spec.as_of}", "a date or timestamp column"))
    too_long = _TOO_LONG.search(first_line(error))
    if too_long and too_long["name"].lower() == spec.entity.lower():
        return (
            f"{request.place('entity')}: `entity: {spec.entity}` has a number of more than the 38 "
            f"digits that can be published; make a text of it, `cast({spec.entity} as varchar) as "
            f"{spec.entity}`. "
        )
    return "".join(
        f"{request.place(role.partition(':')[0])}: `{role}` must be {kind} of the rows whose "
        "features are joined. "
        for role, kind in blamed
    )


def _is_of_no_time(error: Exception, column: str) -> bool:
    """Whether the database cannot compare this column: its name stands at the caret."""
    first, *quoted = str(error).split("\n")
    if not any(words in first for words in _OF_TYPES):
        return False
    nearby_texts: list[str] = []
    for line, marked in pairwise(quoted):
        if line.startswith("LINE ") and marked.strip() == "^":
            at = marked.index("^")
            last_words = line[:at].split()[-1:]  # an operand, unless a comma ends it
            nearby_texts += [
                *(word for word in last_words if word[-1] != ","),
                *line[at:].split()[:2],
            ]
    return any(re.search(rf"\b{re.escape(column)}\b", text, re.IGNORECASE) for text in nearby_texts)
