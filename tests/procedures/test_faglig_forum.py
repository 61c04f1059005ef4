"""The decision tables of Faglig Forum, with worked examples for each row (D3, D4, D5)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import decisions, diagrams
from host.settings import ROOT
from host.wiring import read_bundle
from tasks.forms import check_answers, read

NOW = datetime(2026, 5, 27, 8, 0, tzinfo=UTC)


def ask(bundle: str, table: str, **context: Any) -> dict[str, Any]:
    """What a shipped table gives."""
    diagram = diagrams.load(read_bundle(ROOT / "processes" / bundle))
    return decisions.decide(diagram.decisions[table], context, now=NOW)


@pytest.mark.rule("FF-13", "FF-15")
@pytest.mark.parametrize(
    ("born", "meeting", "wish", "child_may", "family", "child"),
    [
        ("2016-06-11", "2026-06-11", "familie_og_barn", True, True, True),
        ("2016-06-12", "2026-06-11", "familie_og_barn", False, True, False),
        ("2016-02-29", "2026-02-26", "familie", False, True, False),
        ("2016-06-11", "2026-06-11", "familie", True, True, False),
        ("2016-06-12", "2026-06-11", "barn", False, False, False),
        ("2011-09-10", "2026-06-11", "barn", True, False, True),
        ("2011-09-10", "2026-06-11", "ingen", True, False, False),
        ("2016-06-12", "2026-06-11", "ingen", False, False, False),
        (None, "2026-06-11", "familie_og_barn", False, True, False),
    ],
)
def test_d3_who_may_be_invited(
    born: str | None, meeting: str, wish: str, child_may: bool, family: bool, child: bool
) -> None:
    """deadline_cases.csv FF-15/barn_over_10: turned 10 on the day of the meeting."""
    case = {"barn": {"navn": "Sofie", "foedt": born}}
    found = ask(
        "faglig_forum_sag",
        "ff_inddragelse",
        sag=case,
        moede={"dato": meeting},
        oensket_moede="2020-01-02",
        inddragelse=wish,
    )
    assert found == {
        "barn_kan_inviteres": child_may,
        "familie_inviteret": family,
        "barn_inviteret": child,
    }
    wished = ask(
        "faglig_forum_sag", "ff_inddragelse", sag=case, moede=None, oensket_moede=meeting, inddragelse=wish
    )
    assert wished == found, "before there is a time the wished day counts"


@pytest.mark.rule("FF-18", "FF-37", "FF-38")
@pytest.mark.parametrize(
    ("family", "child", "double", "minutes"),
    [
        (True, False, "nej", 60),
        (True, True, "ja", 60),
        (False, True, "nej", 60),
        (False, False, "ja", 60),
        (False, False, "nej", 30),
    ],
)
def test_d4_how_long(family: bool, child: bool, double: str, minutes: int) -> None:
    found = ask(
        "faglig_forum_sag",
        "ff_tidsbehov",
        familie_inviteret=family,
        barn_inviteret=child,
        dobbelt_tid=double,
    )
    assert found == {"laengde": minutes}


@pytest.mark.rule("FF-08", "FF-09", "FF-10", "FF-11", "FF-13")
def test_d5_who_takes_part() -> None:
    def roles(**context: Any) -> dict[str, str]:
        found = ask("faglig_forum_moede", "ff_deltagere", **context)
        return dict(zip(found["deltager_rolle"], found["deltager_del"], strict=True))

    nobody = {"udfoerer_navngivet": True, "familie_inviteret": False, "barn_inviteret": False}
    assert roles(omfang="moede", **nobody) == {"ledergruppe": "hele", "socialfaglig_konsulent": "hele"}
    own = {"raadgiver": "eget_punkt", "kontorleder": "eget_punkt"}
    assert roles(omfang="punkt", **nobody) == own
    invited = {"udfoerer_navngivet": False, "familie_inviteret": True, "barn_inviteret": True}
    assert roles(omfang="punkt", **invited) == {
        **own,
        "udfoerer": "eget_punkt",
        "familie": "sos",
        "barn": "sos",
    }


def test_d5_is_the_same_table_in_both_procedures() -> None:
    """The Thursday meeting and the case's way each ask it: an owner who changes one is told of the other."""
    copies = {
        (ROOT / "processes" / key / "ff_deltagere.dmn").read_bytes()
        for key in ("faglig_forum_moede", "faglig_forum_sag")
    }
    assert len(copies) == 1


@pytest.mark.rule("FF-33", "FF-34")
@pytest.mark.parametrize(
    ("meeting", "at", "accepted", "in_time"),
    [
        ("2026-06-11", "2026-06-08T11:59:59+02:00", "nej", True),
        ("2026-06-11", "2026-06-08T12:00:00+02:00", "nej", False),
        ("2026-06-11", "2026-06-08T10:30:00+00:00", "nej", False),
        ("2026-04-09", "2026-04-07T11:00:00+02:00", "nej", True),
        ("2026-06-11", "2026-06-10T11:59:59+02:00", "ja", True),
        ("2026-06-11", "2026-06-10T12:00:00+02:00", "ja", False),
    ],
)
def test_material_counts_by_the_instant_it_was_handed_in(
    meeting: str, at: str, accepted: str, in_time: bool
) -> None:
    """deadline_cases.csv FF-33/rettidig: before 12:00:00, whether or not the timer has fired yet."""
    bundle = read_bundle(ROOT / "processes" / "faglig_forum_sag")
    checked = check_answers(
        read(json.loads(bundle.files["sagsfremstilling.form"])),
        {"sagsfremstilling": "Kort"},
        context={"moede": {"dato": meeting}, "for_sent_accepteret": accepted},
        now=datetime.fromisoformat(at),
    )
    assert ("Fristen for materiale" in checked.errors.get("sagsfremstilling", "")) is not in_time
