"""Small procedures about meetings, for the tests of the platform: a Thursday with slots, and a case's way."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from records.tables import Meeting, MeetingItem, MeetingSlot
from tasks.meetings import local_text
from tests.engine.drawing import chain, declared, edge, flow, message, node, timer
from tests.host.stage import bundle, properties, service, user
from tests.tasks.stage import TEXT, Work

SEVEN = ("08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30")
"""The single places of a Thursday (FF-29, FF-39)."""

_DAY = [
    {"type": "textfield", "key": "dato", "label": "Dato"},
    {"type": "textfield", "key": "fra", "label": "Fra"},
    {"type": "textfield", "key": "til", "label": "Til"},
]

THURSDAY = bundle(
    "torsdag",
    node("startEvent", "s", properties(skema="dag", data="dato, fra, til"), name="Møde")
    + service(
        "opret",
        "opret_moede",
        art='"proeve"',
        titel='"Prøvemødet"',
        start="tidspunkt(dato, fra)",
        slut="tidspunkt(dato, til)",
        sted='"Tinglev"',
        link='"https://moede.example/1"',
        pladslaengde="30",
    )
    + service("folk", "saet_deltagere", raekker='[{rolle: "ledergruppe"}]')
    + user("Luk", "Luk dagsorden", skema="tekst", frist="dage_foer(moede.dato, 3)")
    + service("kald", "indkald")
    + user("Afslut", "Afslut mødet", skema="tekst", frist="moede.dato")
    + service("slut", "afslut_moede")
    + node("endEvent", "e", name="Afholdt")
    + chain("s", "opret", "folk", "Luk", "kald", "Afslut", "slut", "e"),
    lane="Administrativ medarbejder: s opret folk Luk kald Afslut slut e",
    own={
        "hoerer_til": "kommunen",
        "materialefrist": "ff_materialefrist(moede.dato)",
        "startregel": 'for t in ["2026-06-11", "2026-06-18"] return '
        '{dato: dage_foer(t, 28), noegle: t, data: {dato: t, fra: "08:30", til: "12:00"}}',
    },
    dag=_DAY,
    tekst=TEXT,
)
_WISH = [
    {"type": "textfield", "key": "tidligst", "label": "Tidligst"},
    {"type": "number", "key": "laengde", "label": "Længde"},
]

ITEM = bundle(
    "vej",
    node("startEvent", "s", properties(skema="oenske", data="tidligst, laengde"), name="Ønske")
    + service("book", "book_punkt", art='"proeve"', tidligst="tidligst", laengde="laengde")
    + node("intermediateCatchEvent", "tid", message("m1"), name="Tid tildelt")
    + node(
        "subProcess",
        "forbered",
        node("startEvent", "fs")
        + user("Skriv", "Skriv sagsfremstilling", skema="tekst", frist="ff_materialefrist(moede.dato)")
        + edge("frist", "Skriv", timer("= ff_materialefrist(moede.dato)", "timeDate"))
        + service("modtaget", "saet_punkt", materiale='"modtaget"')
        + node("endEvent", "fe")
        + chain("fs", "Skriv", "modtaget", "fe")
        + flow("frist", "fe"),
        name="Forberedelse",
    )
    + edge("flyttet", "forbered", message("m2"))
    + node("eventBasedGateway", "vent", name="Venter på mødet")
    + node("intermediateCatchEvent", "aabnet", message("m3"), name="Punkt åbnet")
    + node("intermediateCatchEvent", "udsat", message("m4"), name="Punkt udsat")
    + user("Led", "Led punktet", skema="tekst", deles="hele")
    + service("luk", "luk_punkt", beslutning='"retning_givet"')
    + node("endEvent", "e", name="Slut")
    + chain("s", "book", "tid", "forbered", "vent", "aabnet", "Led", "luk", "e")
    + flow("flyttet", "forbered")
    + flow("vent", "udsat")
    + flow("udsat", "book"),
    outside=declared("m1", "tid_tildelt", "tid")
    + declared("m2", "moede_flyttet", "flytning")
    + declared("m3", "punkt_aabnet")
    + declared("m4", "punkt_udsat", "udsaettelse"),
    lane="Rådgiver: s book tid forbered Skriv modtaget vent aabnet udsat luk e; Mødeleder: Led",
    oenske=_WISH,
    tekst=TEXT,
)


def thursday(work: Work, day: str = "2026-06-11", first: str = "08:30", last: str = "12:00") -> int:
    """Make a meeting; its id."""
    work.begin("torsdag", by="Tove Lange", dato=day, fra=first, til=last)
    return int(work.rows(select(Meeting.id).order_by(Meeting.id.desc()).limit(1))[0])


def wish(work: Work, minutes: int = 30, earliest: str = "2026-06-08", **case: Any) -> int:
    """Open a case that wants a time; the id of its item."""
    case_id = work.open(f"Barn {work.count(MeetingItem) + 1}", **case)
    work.begin("vej", case_id, "Mette Holm", tidligst=earliest, laengde=minutes)
    return int(work.rows(select(MeetingItem.id).order_by(MeetingItem.id.desc()).limit(1))[0])


def item(work: Work, item_id: int) -> MeetingItem:
    """An item as it is now."""
    found: MeetingItem = work.rows(select(MeetingItem).where(MeetingItem.id == item_id))[0]
    return found


def clock(work: Work, item_id: int) -> str | None:
    """The local start of an item: »2026-06-11 08:30«, None in the queue."""
    start = item(work, item_id).starts_at
    return local_text(start)[:16].replace("T", " ") if start is not None else None


def held(work: Work, meeting_id: int) -> dict[int, int | None]:
    """Slot → item."""
    query = select(MeetingSlot).where(MeetingSlot.meeting_id == meeting_id)
    return {one.slot: one.item_id for one in work.rows(query.order_by(MeetingSlot.slot))}


def meeting(work: Work, meeting_id: int) -> Meeting:
    """A meeting as it is now."""
    found: Meeting = work.rows(select(Meeting).where(Meeting.id == meeting_id))[0]
    return found


def due(text: str) -> date:
    """A date."""
    return date.fromisoformat(text)
