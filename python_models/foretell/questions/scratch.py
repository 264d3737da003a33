"""The tables that a question needs while it is answered, in the stores' schema."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from foretell.ground.relation import Relation
from foretell.request import Request

#: Which of two versions scores; a question about one version asks for the one of now.
Side = Literal["then", "now"]


def asked_of(request: Request) -> Relation:
    """The key of the row that is asked about."""
    return request.table("asked")


def compared_of(request: Request) -> Relation:
    """Rows with the scores of both versions."""
    return request.table("compared")


def side_of(request: Request, side: Side) -> Request:
    """The request under a name of its own, so that two versions may score beside each other."""
    return replace(request, prediction=f"{request.prediction}__{side}")


def scratch_of(request: Request) -> list[Relation]:
    """All that an answer may have staged."""
    relations = [request.staged, asked_of(request), compared_of(request)]
    sides: tuple[Side, ...] = ("then", "now")
    for side in sides:
        scores = side_of(request, side)
        relations.append(scores.scored)
        relations += [scores.table(part) for part in ("plain", "reasons")]
    return relations
