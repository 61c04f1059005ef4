"""What a rehearsal says must be true, held against what is (»saa«)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.sql.elements import ColumnElement

from engine.zone import COPENHAGEN
from records.tables import (
    CaseParty,
    FigureFact,
    Instance,
    JournalEntry,
    Notice,
    Person,
    Task,
    Timer,
    WorkGroup,
)
from records.unit import Unit
from tasks.casefile import read_case_file
from tasks.course_expectations import COURSE_CHECKS
from tasks.document_expectations import DOCUMENT_CHECKS
from tasks.forms import options_of, read
from tasks.inbox import ListTasks, list_tasks
from tasks.meeting_expectations import MEETING_CHECKS
from tasks.meeting_people import INVITED
from tasks.people import SYSTEM, Actor, actor_of
from tasks.rehearsal_drafts import DRAFT_CHECKS
from tasks.rehearsal_setting import courses_differ, rows_differ, starts_differ
from tasks.rehearsal_texts import said_in
from tasks.roles import roles_of
from tasks.worksheet import ReadTask, read_task


@dataclass(slots=True)
class Scene:
    """The case and the courses that a rehearsal is about."""

    case_id: int | None = None
    instances: list[int] = field(default_factory=list)
    named: "Mapping[str, Scene]" = field(default_factory=dict)
    """The other cases of the rehearsal, by their names."""

    def tasks(self) -> ColumnElement[bool]:
        """Condition: tasks of the scene."""
        return _either(Task.case_id, Task.instance_id, self)

    def courses(self) -> ColumnElement[bool]:
        """Condition: instances of the scene."""
        return _either(Instance.case_id, Instance.id, self)


def _either(case_column: Any, instance_column: Any, scene: Scene) -> ColumnElement[bool]:
    here = instance_column.in_(scene.instances)
    return or_(case_column == scene.case_id, here) if scene.case_id is not None else or_(here)


def compare(unit: Unit, actor: Actor, command: tuple[Scene, Mapping[str, Any], Any]) -> list[str]:
    """Return the Danish differences between what must be true and what is; empty when there are none."""
    scene, expected, stage = command
    problems: list[str] = []
    for name, value in expected.items():
        check = _CHECKS.get(name)
        if check is None:
            problems.append(f"ukendt forventning »{name}«")
        else:
            problems += check(unit, scene, value, stage)
    return problems


def _local(moment: datetime | None) -> str:
    return moment.astimezone(COPENHAGEN).strftime("%Y-%m-%dT%H:%M") if moment else "ingen"


def _wanted_instant(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text.replace(" ", "T")[:16]


def _tasks(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    query = (
        select(Task, Person.name, WorkGroup.role)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .outerjoin(WorkGroup, WorkGroup.id == Task.group_id)
        .where(Task.status == "aaben", scene.tasks())
        .order_by(Task.id)
    )
    left = [_task_row(unit, *row) for row in unit.session.execute(query)]
    problems: list[str] = []
    for wanted in expected or []:
        rows = [row for row in left if row["trin"] == wanted["trin"]]
        fits = [row for row in rows if not _differences(row, wanted)]
        if fits:
            left.remove(fits[0])
        elif rows:
            problems.append(f"opgaven {wanted['trin']}: {'; '.join(_differences(rows[0], wanted))}")
            left.remove(rows[0])
        else:
            problems.append(
                f"opgaven {wanted['trin']} er ikke åben; åbne: {[row['trin'] for row in left] or 'ingen'}"
            )
    problems += [
        f"opgaven {row['trin']} er åben uden at være ventet (hos {row['hos'] or row['gruppe']})"
        for row in left
    ]
    return problems


def _task_row(unit: Unit, task: Task, name: str | None, group: str | None) -> dict[str, Any]:
    timers = dict(
        unit.session.execute(select(Timer.kind, Timer.due_at).where(Timer.task_id == task.id)).all()
    )
    return {
        "trin": task.element_id,
        "hos": name,
        "gruppe": group,
        "frist": task.due_on.isoformat() if task.due_on else "ingen",
        "arbejdsfrist": task.work_on.isoformat() if task.work_on else "ingen",
        "paamindelse": _local(timers.get("paamindelse")),
        "eskalering": _local(timers.get("eskalering")),
        "akut": task.urgency == 0,
        "rolle": roles_of(unit).name_of(task.role),
        "navn": task.name,
    }


def _differences(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for name, value in wanted.items():
        if name not in row:
            found.append(f"ukendt felt {name}")
            continue
        if name in ("paamindelse", "eskalering") and value != "ingen":
            value = _wanted_instant(value)
        elif isinstance(value, date):
            value = value.isoformat()
        if row[name] != value:
            found.append(f"{name} er {row[name]}, ikke {value}")
    return found


def _not_seen(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    ids = set(unit.session.scalars(select(Task.id).where(scene.tasks())))
    problems: list[str] = []
    for name in expected:
        person = actor_of(unit, stage.person(name))
        for scope in ("mine", "grupper"):
            seen = [
                row for row in list_tasks(unit, person, ListTasks(scope, limit=200)).rows if row.id in ids
            ]
            problems += [f"{name} ser opgaven »{row.name}« under {scope}" for row in seen]
    return problems


def _notices(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    found = _notice_rows(unit, scene)
    problems: list[str] = []
    for wanted in expected or []:
        fits = [
            row
            for row in found
            if ("til" not in wanted or row[0] == wanted["til"])
            and ("art" not in wanted or row[1] == wanted["art"])
            and ("den" not in wanted or row[2].startswith(_wanted_instant(wanted["den"])))
            and ("tekst" not in wanted or wanted["tekst"].casefold() in row[3].casefold())
        ]
        if not fits:
            problems.append(f"beskeden {dict(wanted)} findes ikke; der er {[row[:3] for row in found]}")
    return problems


def _notice_rows(unit: Unit, scene: Scene) -> list[tuple[str, str, str, str]]:
    here = _either(
        Notice.case_id,
        Notice.task_id,
        Scene(scene.case_id, list(unit.session.scalars(select(Task.id).where(scene.tasks())))),
    )
    if scene.case_id is None:
        here = or_(here, Notice.kind == "advis")
    here = or_(here, Notice.kind == INVITED)  # to a meeting, which may be of several cases
    query = select(Person.name, Notice.kind, Notice.at, Notice.text).join(
        Person, Person.id == Notice.person_id
    )
    return [
        (name, kind, _local(at), text)
        for name, kind, at, text in unit.session.execute(query.where(here).order_by(Notice.id))
    ]


def _notice_counts(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    rows = _notice_rows(unit, scene)
    counts = {kind: sum(1 for row in rows if row[1] == kind) for kind in expected}
    return [
        f"der er {counts[kind]} beskeder af art {kind}, ikke {number}"
        for kind, number in expected.items()
        if counts[kind] != number
    ]


def _timers(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    query = (
        select(Timer.element_id, Timer.due_at)
        .join(Instance, Instance.id == Timer.instance_id)
        .where(Timer.kind == "bpmn", scene.courses())
    )
    rows = sorted((element, _local(due)) for element, due in unit.session.execute(query))
    wanted = sorted((row["trin"], _wanted_instant(row["den"])) for row in expected or [])
    missing = [row for row in wanted if row not in rows]
    problems = [f"timeren {row} venter ikke; der venter {rows}" for row in missing]
    if not expected and rows:
        problems.append(f"der venter timere: {rows}")
    return problems


def _case(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    if scene.case_id is None:
        return [] if expected in ("ingen", None) else ["der er ingen sag"]
    if expected == "ingen":
        return ["der er en sag"]
    facts = read_case_file(unit, scene.case_id).facts()["sag"]
    problems: list[str] = []
    for path, wanted in expected.items():
        here: Any = facts
        for name in str(path).split("."):
            here = here.get(name) if isinstance(here, Mapping) else None
        if isinstance(here, Mapping) and set(here) == {"id", "navn"}:
            here = here["navn"]
        if isinstance(wanted, date):
            wanted = wanted.isoformat()
        if here != wanted:
            problems.append(f"sag.{path} er {here!r}, ikke {wanted!r}")
    return problems


def _journal(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    here = _either(JournalEntry.case_id, JournalEntry.instance_id, scene)
    texts = list(unit.session.scalars(select(JournalEntry.text).where(here)))
    return [
        f"journalen har ikke »{wanted}«"
        for wanted in expected or []
        if not any(str(wanted).casefold() in text.casefold() for text in texts)
    ]


def _parties(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    rows = [
        (party.kind, party.name)
        for party in unit.session.scalars(select(CaseParty).where(CaseParty.case_id == scene.case_id))
    ]
    return [
        f"parten {wanted} er ikke på sagen; der er {rows}"
        for wanted in expected or []
        if (wanted["art"], wanted["navn"]) not in rows
    ]


def _form(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    """»formular«: what the page of an open task shows (`viser`: in facts, form or guidance), and what its
    fields
    start with (`felter`) or do not (`viser_ikke`)."""
    rows = expected if isinstance(expected, list) else [expected]
    problems: list[str] = []
    for wanted in rows:
        task = unit.session.scalar(
            select(Task)
            .where(Task.element_id == wanted["trin"], Task.status == "aaben", scene.tasks())
            .limit(1)
        )
        if task is None:
            problems.append(f"opgaven {wanted['trin']} er ikke åben")
            continue
        sheet = read_task_quietly(unit, task.id)
        shown = str(sheet.context) + str(sheet.values) + str(sheet.guidance) + str(sheet.schema)
        shown += " ".join([*_offered(unit, sheet), *said_in(unit, sheet)])
        problems += [
            f"{wanted['trin']} viser ikke »{text}«"
            for text in wanted.get("viser", ())
            if str(text) not in shown
        ]
        problems += [
            f"{wanted['trin']} viser »{text}«"
            for text in wanted.get("viser_ikke", ())
            if str(text) in str(sheet.values)
        ]
        for name, value in (wanted.get("felter") or {}).items():
            if sheet.values.get(name) != value:
                problems.append(f"feltet {name} begynder med {sheet.values.get(name)!r}, ikke {value!r}")
    return problems


def _figures(unit: Unit, scene: Scene, expected: Any, stage: Any) -> list[str]:
    """»tal«: figures that stand now, each with what is named of it."""
    here = _either(FigureFact.case_id, FigureFact.instance_id, scene)
    rows = [
        {
            "art": row.kind,
            "vaerdi": row.value,
            "opdeling": row.split,
            "beloeb": row.amount,
            "antal": row.quantity,
            "dato": row.on_date.isoformat(),
            "frist": row.due_on.isoformat() if row.due_on else None,
            "noegle": row.key,
        }
        for row in unit.session.scalars(select(FigureFact).where(here).order_by(FigureFact.id))
    ]
    problems: list[str] = []
    for wanted in expected or []:
        plain = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in wanted.items()
        }
        if not any(all(row.get(name) == value for name, value in plain.items()) for row in rows):
            problems.append(f"tallet {plain} er ikke noteret; der er {rows}")
    return problems


def _offered(unit: Unit, sheet: Any) -> Iterator[str]:
    """What can be chosen on the page of a task, where an expression says what."""
    waiting = list(read(sheet.schema).components) if sheet.schema else []
    while waiting:
        one = waiting.pop()
        waiting += one.components if one.kind == "group" else ()
        if one.choices is not None and one.choices.expression is not None:
            offered = options_of(one, sheet.context, now=unit.now, calendar=unit.calendar)
            yield from (option.label for option in offered)


def read_task_quietly(unit: Unit, task_id: int) -> Any:
    """Read a task's sheet as the system: nothing is logged, nothing refused."""
    return read_task(unit, SYSTEM, ReadTask(task_id))


_CHECKS: Mapping[str, Callable[[Unit, Scene, Any, Any], list[str]]] = {
    "opgaver": _tasks,
    "ser_ikke": _not_seen,
    "beskeder": _notices,
    "antal_beskeder": _notice_counts,
    **DOCUMENT_CHECKS,
    **COURSE_CHECKS,
    "timere": _timers,
    "sag": _case,
    "journal": _journal,
    "parter": _parties,
    "formular": _form,
    "tal": _figures,
    **MEETING_CHECKS,
    **DRAFT_CHECKS,
    "registre": rows_differ,
    "kurser": courses_differ,
    "kalender": starts_differ,
}
