"""A Thursday with slots in the demo municipality, and cases that want a time at it: small procedures."""

from __future__ import annotations

from typing import Any

from host.publishing import publish_bundles
from tests.tasks.meeting_stage import ITEM, THURSDAY
from tests.web.town import Town


def settle_thursday(town: Town) -> None:
    """Publish the small procedures."""
    publish_bundles(town.app, [THURSDAY, ITEM])


def call_thursday(town: Town, day: str = "2026-02-12", first: str = "08:30", last: str = "12:00") -> str:
    """Make a meeting of seven places; its id."""
    tove = town.caller("tove.lange")
    tove.post("/procedures/torsdag/start", {"answers": {"dato": day, "fra": first, "til": last}})
    return str(tove.get(f"/meetings?from={day}&to={day}")["items"][-1]["id"])


def want_time(
    town: Town, child: str, minutes: int = 30, earliest: str = "2026-02-05", caseworker: str = "mette.holm"
) -> str:
    """Open a case that wants a time; its id."""
    case = town.caller("ida.krag").post("/cases", {"child_name": child, "born": "2014-03-03"})["id"]
    town.caller("kirsten.bro").post("/procedures/opstart_af_sag/start", {"case": case})
    town.caller("kirsten.bro").post(
        f"/cases/{case}/reallocate", {"person": town.person(caseworker), "reason": "Ny"}
    )
    town.caller(caseworker).post(
        "/procedures/vej/start", {"case": case, "answers": {"tidligst": earliest, "laengde": minutes}}
    )
    return str(case)


def items_of(town: Town, meeting: str) -> list[dict[str, Any]]:
    """The agenda as administration reads it."""
    found: list[dict[str, Any]] = town.caller("tove.lange").get(f"/meetings/{meeting}")["agenda"]
    return found
