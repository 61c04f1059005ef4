"""Turns what `tasks.casepage` reads into the values that the pages of a case show."""

from __future__ import annotations

from tasks import casepage, starts
from tasks.attachments import AttachmentLine
from tasks.casepage import CaseSheet, CourseLine, JournalLine, Part, ReadCase, TaskOfCase
from web import current, due_rules
from web.inbox import startables
from web.pages import cases as shown
from web.pages.inbox import Startable
from web.pages.parts import CaseRef, Fact, Limit, Tab, TaskRow
from web.plain import value_words
from web.rows import case_ref, limit_of, step_marks
from web.words import gettext

_KINDS = {
    "udfoert": "task",
    "taget": "task",
    "frigivet": "task",
    "overdraget": "people",
    "rettet": "task",
    "timer": "deadline",
    "paamindelse": "deadline",
    "eskalering": "deadline",
    "dokument": "document",
    "notat": "note",
    "raadgiver_sat": "people",
    "omfordelt": "people",
    "besked": "message",
}
"""Kind of a journal entry → icon of the timeline; the rest are about the case itself."""


MANAGERS = ("raadgiver", "leder", "stedfortraeder")
"""Relations that may close a case, give it to somebody else, and see who has looked at it."""


def read(case_id: int, what: str, *parts: Part) -> CaseSheet:
    """Read a case, with those parts, for the page `what`. Raises Denied for who has no relation to it."""
    # Seeing a case is logged, so reading one is a write.
    return current.app.run(casepage.read_case, current.visitor.actor, ReadCase(case_id, what, parts))


def head(sheet: CaseSheet, part: str) -> shown.CaseHead:
    """Return the top of every page of the case; `part` is the end of the page's address."""
    case = sheet.file.case
    ref = case_ref(sheet.file)
    assert case is not None
    assert ref is not None
    base = f"/sager/{case.id}"
    parts = [
        (gettext("Overblik"), base),
        (gettext("Forløb"), f"{base}/forloeb"),
        (gettext("Dokumenter"), f"{base}/dokumenter"),
        (gettext("Deltagere"), f"{base}/deltagere"),
        (gettext("Samtykke"), f"{base}/samtykke"),
        (gettext("Tidslinje"), f"{base}/tidslinje"),
    ]
    manages = sheet.relation in MANAGERS
    if manages:
        parts.append((gettext("Opslag"), f"{base}/opslag"))
    is_open = case.status == "aaben"
    handler = sheet.file.people.get("raadgiver")
    return shown.CaseHead(
        ref=ref,
        status=case.status,
        opened=case.opened_at.astimezone(current.COPENHAGEN).date(),
        kind=value_words(case.kind),
        unit=sheet.unit or "",
        handler=handler.name if handler else None,
        relation=relation_name(sheet.relation),
        from_fifteen=sheet.from_fifteen,
        tabs=tuple(Tab(text, href, href == base + part) for text, href in parts),
        closed=case.closed_at.astimezone(current.COPENHAGEN).date() if case.closed_at else None,
        closed_reason=case.close_reason or "",
        may_note=is_open,
        may_reallocate=is_open and manages,
        may_close=is_open and manages,
        may_reopen=not is_open and manages,
    )


def relation_name(relation: str) -> str:
    """Return a relation to a case in Danish."""
    names = {
        "raadgiver": gettext("Rådgiver"),
        "kontorleder": gettext("Kontorleder"),
        "leder": gettext("Leder"),
        "stedfortraeder": gettext("Stedfortræder"),
        "opgave": gettext("Har en opgave i sagen"),
        "ingen": gettext("Ingen"),
    }
    return names.get(relation, relation)


def child(sheet: CaseSheet) -> shown.Child:
    """Return the person card; the personal number is masked, and asked for on its own."""
    child = sheet.file.child
    assert child is not None
    address = gettext("Beskyttet") if child.protected_address else (child.address or "")
    return shown.Child(
        child.name,
        child.born,
        "••••••-••••" if child.cpr_index else "",
        child.cpr_index is not None and sheet.relation in MANAGERS,
        address,
        child.protected_address,
        tuple(
            party.name
            for party in sheet.parties
            if party.kind == "fm" or party.details.get("foraeldremyndighed") is True
        ),
    )


def people(sheet: CaseSheet) -> tuple[Fact, ...]:
    """Return the people who have a role in the case."""
    return tuple(
        Fact(sheet.role_names.get(role, role), person.name) for role, person in sheet.file.people.items()
    )


def task_row(row: TaskOfCase, ref: CaseRef) -> TaskRow:
    """Return an open task of the case."""
    task, actor = row.task, current.visitor.actor
    return TaskRow(
        id=str(task.id),
        name=task.name,
        procedure=row.procedure,
        role=row.role,
        case=ref,
        limit=limit_of(task),
        opened=task.opened_at,
        holder=row.assignee,
        on_behalf_of=row.on_behalf_of,
        mine=task.assignee_id == actor.person_id,
        group=row.group if task.assignee_id is None else None,
        may_claim=task.assignee_id is None and task.group_id in actor.groups,
        provisional=row.provisional,
        rev=task.rev,
    )


_DEADLINE_STATES = {"loeber": "open", "overholdt": "met", "for_sent": "missed", "bortfaldet": "dropped"}


def deadlines(sheet: CaseSheet) -> tuple[shown.DeadlineRow, ...]:
    """Return the deadlines of the case: those that run, the nearest first, then the others, newest first."""
    running = [row for row in sheet.deadlines if row.status == "loeber"]
    ended = [row for row in sheet.deadlines if row.status != "loeber"]
    return tuple(
        shown.DeadlineRow(
            row.title,
            Limit(row.due_on, row.work_on),
            due_rules.in_words(row.rule),
            row.rule,
            _DEADLINE_STATES[row.status],
            row.ended_at,
            f"/opgaver/{row.task_id}" if row.task_id else None,
        )
        for row in (*reversed(running), *ended)
    )


def instance(sheet: CaseSheet, row: CourseLine) -> shown.InstanceRow:
    """Return one course of the case."""
    instance = row.instance
    caller = next((other for other in sheet.courses if other.instance.id == instance.parent_id), None)
    return shown.InstanceRow(
        id=str(instance.id),
        key=row.procedure_key,
        name=row.procedure,
        version=row.version,
        state=instance.status,
        started=instance.started_at,
        steps=step_marks(row.line),
        href=f"/sager/{instance.case_id}/forloeb?vis={instance.id}",
        ended=instance.end_name or "",
        called_from=caller.procedure if caller else "",
        waits_for=row.waits_for,
        provisional=row.provisional,
    )


def entry(line: JournalLine) -> shown.Entry:
    """Return one line of the journal."""
    return shown.Entry(
        at=line.at,
        who=line.who or gettext("Systemet"),
        text=gettext("%(step)s – udført", step=line.text) if line.kind == "udfoert" else line.text,
        kind=_KINDS.get(line.kind, "case"),
        on_behalf_of=line.on_behalf_of,
        href=f"/opgaver/{line.task_id}" if line.task_id else None,
    )


def documents(sheet: CaseSheet) -> tuple[shown.DocumentRow, ...]:
    """Return the documents of the case."""
    return tuple(
        shown.DocumentRow(
            str(row.id),
            row.title,
            row.version,
            row.issued_at,
            row.issued_by or gettext("Systemet"),
            f"/dokumenter/{row.id}",
            tuple(
                (number, f"/dokumenter/{row.id}?version={number}") for number in range(row.version - 1, 0, -1)
            ),
        )
        for row in sheet.documents
    )


def attachment(row: AttachmentLine) -> shown.AttachmentRow:
    """Return one attached file."""
    kilobytes = max(1, round(row.size / 1024))
    size = f"{kilobytes} kB" if kilobytes < 1024 else f"{kilobytes / 1024:.1f} MB".replace(".", ",")
    return shown.AttachmentRow(
        row.name,
        row.label,
        size,
        row.at,
        row.by or gettext("Systemet"),
        f"/vedhaeftninger/{row.id}",
    )


def startable(sheet: CaseSheet) -> tuple[Startable, ...]:
    """Return what the person may begin in the case."""
    ways = current.app.read(starts.list_ways, current.visitor.actor, sheet.file)
    return startables(ways, sheet.file.case_id)
