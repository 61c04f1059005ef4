"""Turns what `tasks` reads into the small values that several pages show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from tasks.casefile import CaseFile
from tasks.earlier import EarlierAnswers
from tasks.form_history import Shown
from tasks.inbox import TaskLine
from tasks.progress import StepOfLine
from tasks.work_rows import DueTask
from web import current, dates
from web.pages.parts import Answer, CaseRef, Fact, Limit, StepMark, StepState, Submission, TaskRow
from web.plain import value_words
from web.words import gettext


def limit_of(task: DueTask) -> Limit | None:
    """Return the limit of a task; the hour counts only when the rule names one."""
    if task.due_on is None:
        return None
    at = task.due_at
    end_of_day = at is None or at.astimezone(current.COPENHAGEN).time() >= time(23, 59)
    return Limit(task.due_on, task.work_on or task.due_on, None if end_of_day else at)


def case_ref(file: CaseFile) -> CaseRef | None:
    """Return how the case of a file is named."""
    if file.case is None or file.child is None:
        return None
    return CaseRef(str(file.case.id), file.case.number, file.child.name, file.child.protected_address)


def task_row(line: TaskLine, role: str, *, unread: bool = False) -> TaskRow:
    """Return a row of the worklist; `role` is the role's Danish name."""
    case = None
    if line.case_id is not None and line.case_number is not None:
        case = CaseRef(str(line.case_id), line.case_number, line.child, line.protected)
    return TaskRow(
        id=str(line.id),
        name=line.name,
        procedure=line.procedure,
        role=role,
        case=case,
        limit=limit_of(line),
        opened=line.opened_at,
        holder=line.assignee,
        on_behalf_of=line.on_behalf_of,
        mine=line.mine,
        group=role if line.assignee is None else None,
        unread=unread,
        urgent=line.urgent,
        draft_saved=line.draft_at,
        provisional=line.provisional,
        may_claim=line.claimable,
        rev=line.rev,
    )


_STATES = {
    "done": StepState.DONE,
    "current": StepState.CURRENT,
    "late": StepState.LATE,
    "coming": StepState.COMING,
}


def step_marks(line: Iterable[StepOfLine]) -> tuple[StepMark, ...]:
    """Return the line of steps as the page shows it."""
    return tuple(
        StepMark(step.number, step.name, _STATES[step.state], step.here, inner=step_marks(step.inner))
        for step in line
    )


def state_of(state: str) -> StepState:
    """Return how far an element has come, as pages name it."""
    return _STATES[state]


def submission(entry: EarlierAnswers) -> Submission:
    """Return what somebody sent in."""
    return Submission(
        id=str(entry.id),
        step=entry.step,
        by=entry.by or gettext("Systemet"),
        at=entry.at,
        answers=answers(entry.shown),
        correction_reason=entry.reason,
        on_behalf_of=entry.on_behalf_of,
    )


def answers(shown: Sequence[Shown]) -> tuple[Answer, ...]:
    """Return answered fields as text; a group is unfolded, rows become a table. Empty fields are left out."""
    found: list[Answer] = []
    for line in shown:
        if line.kind == "group":
            found += answers(line.value)
        elif line.kind == "dynamiclist":
            rows = [row for row in line.value or () if row]
            if rows:
                columns = tuple(cell.label for cell in rows[0])
                found.append(
                    Answer(
                        line.label,
                        columns=columns,
                        rows=tuple(tuple(words(cell) for cell in row) for row in rows),
                    )
                )
        elif line.value not in (None, "", ()):
            found.append(Answer(line.label, words(line)))
    return tuple(found)


def words(shown: Shown) -> str:
    """Return one answered value as a Dane writes it; a personal number is masked."""
    value: Any = shown.value
    if shown.kind == "personnummer" and value:
        return "••••••-••••"
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("ja") if value else gettext("nej")
    if isinstance(value, datetime):
        return dates.moment(value)
    if isinstance(value, date):
        return dates.plain_day(value)
    if isinstance(value, time):
        return f"{value.hour}.{value.minute:02d}"
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return str(value)


def case_facts(file: CaseFile) -> tuple[Fact, ...]:
    """Return the facts of a case that stand beside a form."""
    if file.case is None or file.child is None:
        return ()
    child, today = file.child, current.today()
    facts = [Fact(gettext("Barn/ung"), child.name)]
    if child.born is not None:
        facts.append(Fact(gettext("Født"), f"{dates.plain_day(child.born)} ({dates.age(child.born, today)})"))
    if child.protected_address:
        facts.append(Fact(gettext("Adresse"), gettext("Adressen er beskyttet")))
    for role, label in (("raadgiver", gettext("Rådgiver")), ("kontorleder", gettext("Kontorleder"))):
        if role in file.people:
            facts.append(Fact(label, file.people[role].name))
    if file.case.kind:
        facts.append(Fact(gettext("Sagsart"), value_words(file.case.kind)))
    return tuple(facts)
