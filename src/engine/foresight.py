"""What the meeting's facts become when a procedure plans or moves its meeting, before the platform does so.

The steps behind the service task run in the same call, and their timers and deadlines already go by the new
time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from engine import workdays
from engine.timers import due_instant

PLANS: Final = ("opret_moede", "flyt_moede", "aflys_moede", "afslut_moede", "frigiv_punkt")
"""Operators after which `moede` is another."""

_ENDS: Final = {"aflys_moede": "aflyst", "afslut_moede": "afholdt"}

_ANY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_TAKEN_OVER: Final = ("art", "titel", "sted", "link")


def meeting_after(
    operator: str, given: Mapping[str, Any], meeting: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Return the fact `moede` as it is after an operator of PLANS. Raises EngineError for what is no time."""
    if operator == "frigiv_punkt":
        return None if meeting is not None and meeting.get("punkt") is not None else _copied(meeting)
    if operator in _ENDS:
        return {**meeting, "status": _ENDS[operator]} if meeting is not None else None
    planned = meeting is not None and meeting.get("status") in ("planlagt", "indkaldt")
    if operator == "flyt_moede" and not planned:
        return _copied(meeting)
    known: dict[str, Any] = {
        "id": None,
        "status": "planlagt",
        "moedeleder": None,
        "referent": None,
        "deltagere": [],
        "punkt": None,
        "punkter": [],
    }
    if planned and meeting is not None:
        known.update(meeting)
    elif meeting is not None and given.get("samme_kreds") is True:
        known["deltagere"] = [{**one, "svar": None, "fremmoede": None} for one in meeting["deltagere"]]
        known.update(moedeleder=meeting.get("moedeleder"), referent=meeting.get("referent"))
    known.update({name: given[name] for name in _TAKEN_OVER if given.get(name) is not None})
    for name in _TAKEN_OVER:
        known.setdefault(name, None)
    for name in ("start", "slut"):
        if given.get(name) is not None:
            known[name] = workdays.local(due_instant(given[name], _ANY)).isoformat()
    known["dato"] = str(known.get("start") or "")[:10] or None
    return known


def _copied(meeting: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return dict(meeting) if meeting is not None else None
