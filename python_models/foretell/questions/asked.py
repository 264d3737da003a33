"""A question, as a command writes it into ``FORETELL_ASK`` and the node reads it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from foretell.errors import ForetellError


class _Question(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AskPlan(_Question):
    """What will the next build do, and why?"""

    ask: Literal["plan"] = "plan"


class AskDiff(_Question):
    """How do two versions differ, and what changes for whom?

    Attributes
    ----------
    versions
        Then and now; one alone is what the champion is compared with, none means the champion and
        the one before it.
    """

    ask: Literal["diff"] = "diff"
    versions: Annotated[tuple[int, ...], Field(max_length=2)] = ()


class AskExplain(_Question):
    """Why does a row score as it does?

    Attributes
    ----------
    entity, as_of
        As a person types them; without an as-of date it is the entity's newest row.
    """

    ask: Literal["explain"] = "explain"
    entity: str
    as_of: str | None = None


class AskProfile(_Question):
    """What have its gates learned?"""

    ask: Literal["profile"] = "profile"


class AskAccept(_Question):
    """Let its gates learn the newest rows as they are, for the reason that a person gives."""

    ask: Literal["accept"] = "accept"
    why: str


class AskSign(_Question):
    """Sign a version of its row as it stands; without a number, the champion."""

    ask: Literal["sign"] = "sign"
    version: int | None = None


Question = AskPlan | AskDiff | AskExplain | AskProfile | AskAccept | AskSign


class _Asked(RootModel[Annotated[Question, Field(discriminator="ask")]]):
    """Any of them."""


def read_question(text: str) -> Question:
    """The question in ``FORETELL_ASK``.

    Raises
    ------
    ForetellError
        The text is no question.
    """
    try:
        return _Asked.model_validate_json(text).root
    except ValidationError as error:
        problem = error.errors()[0]
        raise ForetellError(
            f"FORETELL_ASK holds no question that foretell knows: {problem['msg']} (found "
            f"{text!r}). Commands such as `foretell plan` set it for one run of dbt; unset it, and "
            "dbt builds again."
        ) from None
