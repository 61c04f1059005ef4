"""Ids and cursors: text to the caller, who is not to read anything into it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime

from tasks.errors import Invalid
from web.places import Place, read_place, write_place

LARGEST = 2**63 - 1
NOBODY = -1
"""The id of nothing: what an id that cannot be one stands for."""


def number_of(text: str) -> int:
    """Return the number behind an id, NOBODY when it is none of ours."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))):
        return NOBODY
    number = int(text)
    return number if number <= LARGEST else NOBODY


def optional(text: str | None) -> int | None:
    """Return the number behind an id that may be missing."""
    return None if text is None else number_of(text)


def text_of(number: int | None) -> str | None:
    """Return the id of something that may be missing."""
    return None if number is None else str(number)


def write_cursor(place: str) -> str:
    """Return the cursor of a place in a list."""
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str | None:
    """Return the place that a cursor means, None without one. Raises Invalid."""
    if cursor is None:
        return None
    try:
        place = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (NotBase64, ValueError) as error:
        raise bad_cursor() from error
    if write_cursor(place) != cursor:
        raise bad_cursor()
    return place


def read_number_cursor(cursor: str | None) -> int | None:
    """Return the row id that a cursor means, None without one. Raises Invalid."""
    place = read_cursor(cursor)
    if place is None:
        return None
    number = number_of(place)
    if number == NOBODY:
        raise bad_cursor()
    return number


def write_place_cursor(at: datetime, row_id: int) -> str:
    """Return the cursor of a line in a list that is ordered by time and then by id."""
    return write_cursor(write_place(at, row_id))


def read_place_cursor(cursor: str | None) -> Place | None:
    """Return the place that such a cursor means, None without one. Raises Invalid."""
    text = read_cursor(cursor)
    place = read_place(text)
    if text is not None and place is None:
        raise bad_cursor()
    return place


def bad_cursor() -> Invalid:
    """Return the refusal of a cursor that no list has given."""
    return Invalid("Siden findes ikke.", {"after": "Brug værdien af »next« fra den forrige side."})
