"""What a browser asks for, read so that no address or form makes anything fail: numbers, and text that can be
kept."""

from __future__ import annotations

from typing import ClassVar

from flask import Flask, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.routing import IntegerConverter

from web.api import problems

DIGITS = 18
"""So many fit any number that a database keeps."""


class RowNumber(IntegerConverter):
    """`<int:…>` in an address: a number that a row can have; any other is no address of ours."""

    regex: ClassVar[str] = rf"\d{{1,{DIGITS}}}"  # type: ignore[misc]


def install(flask: Flask) -> None:
    """Let addresses have no larger numbers than rows have, and refuse what has NUL in it."""
    flask.url_map.converters["int"] = RowNumber
    flask.before_request(_refuse_nul)


def number(value: object) -> int | None:
    """Return the number that a text (or a number of a script's) is; None for anything else, negative or too
    large."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


def _refuse_nul() -> None:
    """No person writes NUL, and PostgreSQL keeps no text with it. The API says itself which field has it."""
    if "\0" in request.path:
        raise NotFound
    if problems.is_for_api():
        return
    given = [*request.args.items(multi=True)]
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given += request.form.items(multi=True)
    if any("\0" in text for pair in given for text in pair):
        raise BadRequest
