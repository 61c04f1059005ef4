"""The place of a line in a list that is ordered by time and then by id, as text for an address."""

from __future__ import annotations

from datetime import UTC, datetime

from web.asked import number

Place = tuple[datetime, int]


def write_place(at: datetime, row_id: int) -> str:
    """Return a place as text."""
    return f"{at.astimezone(UTC).isoformat()}~{row_id}"


def read_place(text: str | None) -> Place | None:
    """Return a place from its text; None for none or for nonsense (the first page)."""
    at, _, last = (text or "").partition("~")
    row_id = number(last)
    try:
        moment = datetime.fromisoformat(at)
        return (moment.astimezone(UTC), row_id) if moment.tzinfo is not None and row_id is not None else None
    except (ValueError, OverflowError):
        return None
