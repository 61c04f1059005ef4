"""A municipality in the middle of its work: cases, courses, documents, drafts, incidents, notices.

What nobody without a relation may see is read back from the database itself (`secrets_of`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from host.cast import read_cast
from host.register_file import fill_registers, read_registers
from records.tables import (
    AccessEntry,
    Attachment,
    Case,
    CaseParty,
    Child,
    ClosingDay,
    Consent,
    Document,
    DocumentVersion,
    Draft,
    GuestLink,
    Incident,
    Instance,
    JournalEntry,
    LeavePeriod,
    Meeting,
    MeetingItem,
    MeetingParticipant,
    Message,
    Outbox,
    Person,
    ProcedureDraft,
    Receiver,
    RoleHolding,
    Submission,
    Task,
)
from tasks.meeting_changes import make_meeting
from tasks.meeting_slots import lock_slots, take
from tasks.people import SYSTEM
from tasks.signin import digest
from tasks.uploads import AttachToCase, attach_to_case
from tests.web.town import PROCESSES, Town, open_town, settle_town

CPR = "010115-0000"
GUEST = "gaest-ved-bordet-gaest-ved-bordet-gaest-ved"
"""The token of the link of the one guest there is."""

CALL = {
    "kanal": "telefon",
    "afsender_type": "borger",
    "type": "henvendelse",
    "afsender_navn": "Signe Vinterdal",
    "afsender_kontakt": "signe@vinterdal.example",
    "barn_navn": "Asger Vinterdal",
    "barn_cpr": CPR,
    "barn_foedt": "2015-01-01",
    "barn_adresse": "Hemmelig Allé 7",
    "beskyttet_adresse": True,
    "fra_ad_hoc_gruppe": "nej",
    "indhold": "Signe fortæller, at Asger ikke vil i skole.",
}


def settle_busy_town(url: str) -> None:
    """Fill an empty database with a municipality at work (for `databases.new`)."""
    settle_town(url)
    town = open_town(url)
    try:
        with town.app.database.writing(now=town.app.now()) as unit:
            fill_registers(unit, read_registers(PROCESSES))
        _work(town)
    finally:
        town.close()


def _work(town: Town) -> None:
    town.rehearse("foerste_henvendelse", 0)
    town.rehearse("opstart_af_sag", 0)
    ida, kirsten, mette = (town.caller(name) for name in ("ida.krag", "kirsten.bro", "mette.holm"))
    call = {**CALL, "modtaget": (town.app.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")}

    town.caller("eva.holst").post("/procedures/netvaerksmoede/drafts")
    case = ida.post("/cases", {"child_name": "Asger Vinterdal", "cpr": CPR, "protected_address": True})["id"]
    started = kirsten.post("/procedures/opstart_af_sag/start", {"case": case})
    kirsten.complete(
        started["next_task"], {"raadgiver": town.person("mette.holm"), "begrundelse": "Kender Asger"}
    )
    task = mette.get(f"/cases/{case}/tasks")["items"][0]["id"]
    draft = {"behov_for_involvering": "ja", "fagpersoner": [{"navn": "Klasselærer Yrsa"}]}
    assert mette.call("PUT", f"/tasks/{task}/draft", {"answers": draft}).status_code == 200
    mette.post(f"/cases/{case}/notes", {"text": "Asger græd under samtalen i telefonen."})
    mette.post(f"/cases/{case}/messages", {"name": "noget_ventes", "data": {"fra": "Bedstemor Gudrun"}})

    closed = ida.post("/cases", {"child_name": "Vilma Sønderlund", "born": "2012-04-01"})["id"]
    kirsten.post("/procedures/opstart_af_sag/start", {"case": closed})
    kirsten.post(
        f"/cases/{closed}/reallocate", {"person": town.person("mette.holm"), "reason": "Kender Vilma"}
    )
    mette.post(f"/cases/{closed}/close", {"reason": "Familien Sønderlund er fraflyttet."})

    for done in (True, False):  # a first contact that is being answered, and one that was answered
        begun = ida.post("/procedures/foerste_henvendelse/start", {"at": "Start_NyHenvendelse"})
        second = ida.complete(begun["next_task"], call)["next_task"]
        if done:
            answer = {"besvarelse": "Signe har fået råd om skolevægring.", "handling": "raadgivning_givet"}
            ida.complete(second, answer)
    statement = AttachToCase(int(case), "Asgers mors brev.txt", b"Asger vil ikke i skole.")
    town.app.run(attach_to_case, town.app.actor(town.cast.people["mette.holm"]), statement)
    _incidents(town, int(case), int(task))
    _meetings(town, int(case), int(task))


def _incidents(town: Town, case_id: int, task_id: int) -> None:
    with town.app.database.writing(now=town.app.now()) as unit:
        task = unit.session.get_one(Task, task_id)
        for owner, resolved in (("eva.holst", None), ("eva.holst", town.app.now())):
            unit.session.add(
                Incident(
                    case_id=case_id,
                    instance_id=task.instance_id,
                    task_id=task_id,
                    kind="forloeb",
                    element_id=task.element_id,
                    text="Trinnet kunne ikke gennemføres.",
                    command={"gentag": "ingen"},
                    owner_id=town.cast.people[owner],
                    opened_at=town.app.now(),
                    resolved_at=resolved,
                )
            )


def _meetings(town: Town, case_id: int, task_id: int) -> None:
    """A meeting with slots, on which the case has a place with an outsider at it."""
    with town.app.database.writing(now=town.app.now()) as unit:
        start = town.app.now() + timedelta(days=30)
        there = make_meeting(
            unit,
            SYSTEM,
            kind="proeve",
            title="Prøvemødet",
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            slot_minutes=30,
        )
        item = MeetingItem(
            meeting_id=there.id,
            kind="proeve",
            case_id=case_id,
            instance_id=unit.session.get_one(Task, task_id).instance_id,
            status="booket",
            minutes=30,
            not_before=there.on_date,
            requested_at=town.app.now(),
            reason="Mormor Gudrun Vinterdal kan ikke om morgenen.",
        )
        unit.session.add(item)
        unit.session.flush()
        take(unit, item, lock_slots(unit, there.id), 1, 1)
        guest = "Onkel Torkild Vinterdal"
        unit.session.add(MeetingParticipant(item_id=item.id, name=guest, role="familie", part="sos"))
        unit.session.add(
            GuestLink(
                token_hash=digest(GUEST),
                case_id=case_id,
                item_id=item.id,
                guest=guest,
                created_at=town.app.now(),
                expires_at=there.ends_at,
            )
        )


OF_CASES = frozenset(
    {
        *("case_id", "task_id", "course_id", "document_id", "incident_id", "receiver"),
        *("meeting_id", "item_id", "participant_id", "attachment_id"),
    }
)
"""What an address names when it is about somebody's case."""


def rows_of(town: Town) -> dict[str, list[Any]]:
    """What there is, by the name that addresses have for it. Of cases, tasks and courses one of each state:
    a walk stays short."""
    with town.app.database.reading(now=town.app.now()) as unit:
        read = unit.session.scalars
        tasks: dict[Any, int] = {}
        for task in read(select(Task).order_by(Task.id)):
            kind = (task.status, task.case_id is None, task.assignee_id is None, task.group_id is None)
            tasks[kind] = task.id
        cases = {case.status: case.id for case in read(select(Case).order_by(Case.id.desc()))}
        courses: dict[Any, int] = {}
        for course in read(select(Instance).order_by(Instance.id)):
            courses[(course.status, course.case_id is None, course.parent_id is None)] = course.id
        return {
            "case_id": sorted(cases.values()),
            "task_id": sorted(tasks.values()),
            "course_id": sorted(courses.values()),
            "attachment_id": list(read(select(Attachment.id).limit(1))),
            "document_id": list(read(select(Document.id).limit(1))),
            "incident_id": list(read(select(Incident.id))),
            "receiver": list(read(select(Receiver.engine_id).where(Receiver.case_id.is_not(None)).limit(1))),
            "meeting_id": list(read(select(Meeting.id).limit(1))),
            "item_id": list(read(select(MeetingItem.id).limit(1))),
            "participant_id": list(read(select(MeetingParticipant.id).limit(1))),
            "person_id": [town.cast.people["mette.holm"]],
            "unit_id": [town.cast.units["kontor_boern"]],
            "holding_id": list(read(select(RoleHolding.id).limit(1))),
            "leave_id": list(read(select(LeavePeriod.id).limit(1))) or [1],
            "link_id": [1],
            "reply_id": [1],
            "token": ["x" * 43],
            "consent_id": list(read(select(Consent.id).limit(1))),
            "closing_day_id": list(read(select(ClosingDay.id).limit(1))),
            "outbox_id": list(read(select(Outbox.id).limit(1))),
            "draft_id": list(read(select(ProcedureDraft.id).limit(1))),
            "key": ["opstart_af_sag"],
            "version": [1],
            "role": ["raadgiver"],
            "filename": ["findes-ikke.js"],
        }


_DATE = re.compile(r"^\d{4}-\d\d-\d\d(T[\d:.+Z-]+)?$")
SHORTEST = 6
"""Shorter texts, such as »ja«, also stand where they mean nothing."""


def secrets_of(town: Town) -> set[str]:
    """Every text that belongs to a case or a first contact: names, numbers, answers, notes, documents.

    Left out are the words that procedures, roles and staff lists have too.
    """
    found: set[str] = set()
    with town.app.database.reading(now=town.app.now()) as unit:
        for child in unit.session.scalars(select(Child)):
            found |= {child.name, *(part for part in (child.cpr, child.address) if part)}
            if child.cpr:
                found.add(child.cpr.replace("-", ""))
        for case in unit.session.scalars(select(Case)):
            found |= {case.number, *_texts(case.data), *_texts(case.close_reason)}
        for column in (
            Submission.answers,
            Draft.answers,
            DocumentVersion.content,
            Message.payload,
            JournalEntry.text,
            CaseParty.name,
            MeetingItem.reason,
            MeetingParticipant.name,
            Task.item,
        ):
            for value in unit.session.scalars(select(column)):
                found.update(_texts(value))
        staff = set(unit.session.scalars(select(Person.name)))
    public = _public_words()
    return {
        text
        for text in found
        if len(text) >= SHORTEST and not _DATE.match(text) and text not in staff and text not in public
    }


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _public_words() -> str:
    """What anybody may read: the procedures' files and the lists of staff and roles. Not the rehearsals and
    the templates' samples, which tell of invented children that the town also has."""
    with_children = ("rehearsals.yaml", "persongalleri.yaml", "demo.yaml")
    files = [
        path
        for path in PROCESSES.rglob("*")
        if path.is_file() and path.name not in with_children and not path.match("documents/*.json")
    ]
    cast = read_cast(PROCESSES)
    people = "\n".join(str(cast[part]) for part in ("enheder", "personer"))
    return "\n".join([people, *(path.read_text(encoding="utf-8") for path in files)])


def refusals_of(town: Town, username: str) -> int:
    """How many refusals of a person are in the log."""
    with town.app.database.reading(now=town.app.now()) as unit:
        query = select(AccessEntry.id).where(
            AccessEntry.person_id == town.cast.people[username], AccessEntry.refused.is_(True)
        )
        return len(unit.session.scalars(query).all())
