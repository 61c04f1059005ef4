"""What the API takes and gives, as pydantic models: the schemas of its document."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Line = Annotated[str, Field(max_length=200)]
"""Text of one line."""

Filled = Annotated[str, Field(pattern=r"\S", max_length=200)]
"""One line that may not be empty."""

Prose = Annotated[str, Field(pattern=r"\S", max_length=20_000)]
"""Text that may not be empty."""

Grounds = Annotated[str, Field(pattern=r"\S", max_length=300)]
"""A reason: one or two sentences, never empty."""

PageSize = Annotated[int, Field(ge=1, le=100)]
"""How many rows a page has at most."""


class Model(BaseModel):
    """A body or an answer: unknown names and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Query(BaseModel):
    """What stands after the question mark of an address: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Done(Model):
    """It was done."""

    done: bool = True


class StepMark(Model):
    """A step of a procedure and how far it has come: done, current, late or coming."""

    element: str
    number: str
    name: str
    state: str
    here: bool
    inner: list[StepMark]
