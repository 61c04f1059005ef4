"""What the tests of the work play on: a service with a frozen clock, people by name, small procedures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from engine.types import Bundle
from engine.zone import COPENHAGEN
from host.clock import FrozenClock
from host.demo import move_clock
from host.publishing import publish_bundles
from host.settings import ROOT
from host.wiring import connect, read_bundle, shipped_procedures
from records.tables import AccessEntry, Case, Instance, JournalEntry, Notice, Outbox, Person, Task
from records.unit import Unit
from tasks.calendar_starts import Look
from tasks.caseroles import set_case_role
from tasks.cases import OpenCase, open_case
from tasks.complete import Completed, CompleteTask, complete_task
from tasks.people import SYSTEM, Actor
from tasks.starts import Started, StartProcedure, start_procedure
from tests.engine.drawing import chain, node
from tests.host.stage import LONG_AGO, Stage, bundle, prepare, service, settings_for, user
from tests.kept import Kept

TEXT = [{"type": "textfield", "key": "svar_tekst", "label": "Svar"}]
"""A form's one field, which may be left empty."""


def prepare_shipped(url: str) -> None:
    """The demo municipality with the five procedures that ship. For `databases.new`."""
    prepare(url)
    app = connect(settings_for(url), clock=FrozenClock(LONG_AGO))
    publish_bundles(app, [read_bundle(folder) for folder in shipped_procedures(ROOT / "processes")])
    app.database.close()


def local(text: str) -> datetime:
    """An instant as people write it: »2026-02-03T08:00« in Copenhagen."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


class Work(Stage):
    """A stage whose people are called by name: `work.run("Mette Holm", use_case, command)`."""

    def actor(self, name: str | None) -> Actor:
        """A person with the roles held now; None is the system."""
        return SYSTEM if name is None else self.app.actor(self.person(name))

    def person(self, name: str) -> int:
        """The id of a person."""
        return int(self.rows(select(Person.id).where(Person.name == name))[0])

    def run(self, name: str | None, use_case: Callable[[Unit, Actor, Any], Any], command: Any) -> Any:
        """Run a use case as somebody."""
        return self.app.run(use_case, self.actor(name), command)

    def read(self, name: str | None, query: Callable[[Unit, Actor, Any], Any], command: Any) -> Any:
        """Ask something as somebody."""
        return self.app.read(query, self.actor(name), command)

    def at(self, text: str) -> None:
        """Set the clock, and fire nothing."""
        self.clock.set(local(text))

    def until(self, text: str, calendar: Look | None = None) -> None:
        """Move the clock there; what falls due on the way happens, and what `calendar` lets begin by
        itself."""
        move_clock(self.app, local(text), calendar=calendar)

    def open(self, child: str = "Liv Skov", caseworker: str | None = "Mette Holm", **fields: Any) -> int:
        """Open a case, and give it to somebody; its id."""
        found = self.app.run(
            open_case, SYSTEM, OpenCase(child, fields.pop("born", date(2023, 3, 3)), **fields)
        )
        if caseworker is not None:
            self.give(found.case_id, "raadgiver", caseworker)
        return int(found.case_id)

    def give(self, case_id: int, role: str, name: str) -> None:
        """Give somebody a role in a case."""
        person_id = self.person(name)
        with self.app.database.writing(now=self.app.now()) as unit:
            set_case_role(unit, unit.session.get_one(Case, case_id), role, person_id)

    def begin(self, key: str, case_id: int | None = None, by: str | None = None, **answers: Any) -> Started:
        """Start a procedure."""
        found: Started = self.run(by, start_procedure, StartProcedure(key, case_id, answers=answers))
        return found

    def task(self, element_id: str, case_id: int | None = None, status: str = "aaben") -> Task:
        """The newest task of an element."""
        query = select(Task).where(Task.element_id == element_id, Task.status == status)
        if case_id is not None:
            query = query.where(Task.case_id == case_id)
        found: list[Task] = self.rows(query.order_by(Task.id.desc()).limit(1))
        assert found, f"no {status} task {element_id}"
        return found[0]

    def complete(
        self, name: str, element_id: str, /, case_id: int | None = None, **answers: Any
    ) -> Completed:
        """Complete the newest open task of an element."""
        task_id = self.task(element_id, case_id).id
        found: Completed = self.run(name, complete_task, CompleteTask(task_id, answers))
        return found

    def holder(self, task: Task) -> str | None:
        """The name of who has a task."""
        return (
            self.rows(select(Person.name).where(Person.id == task.assignee_id))[0]
            if task.assignee_id
            else None
        )

    def names(self, ids: list[int]) -> list[str]:
        """The names of people, sorted."""
        return sorted(self.rows(select(Person.name).where(Person.id.in_(ids))))

    def open_elements(self, case_id: int | None = None) -> list[str]:
        """Elements of the open tasks."""
        return sorted(task.element_id for task in self.tasks(case_id))

    def journal(self, case_id: int | None = None, kind: str | None = None) -> list[str]:
        """The texts of the journal."""
        query = select(JournalEntry.text).order_by(JournalEntry.id)
        if case_id is not None:
            query = query.where(JournalEntry.case_id == case_id)
        return self.rows(query if kind is None else query.where(JournalEntry.kind == kind))

    def notices(self, name: str, kind: str | None = None) -> list[str]:
        """The texts of somebody's notices."""
        query = select(Notice.text).where(Notice.person_id == self.person(name)).order_by(Notice.id)
        return self.rows(query if kind is None else query.where(Notice.kind == kind))

    def letters(self) -> list[dict[str, Any]]:
        """What stands in the outgoing mails."""
        return self.rows(select(Outbox.payload).order_by(Outbox.id))

    def views(self, case_id: int) -> list[tuple[str, str, str, bool]]:
        """Who looked at a case: name, relation, page, refused."""
        query = (
            select(Person.name, AccessEntry.relation, AccessEntry.what, AccessEntry.refused)
            .join(Person, Person.id == AccessEntry.person_id)
            .where(AccessEntry.case_id == case_id)
            .order_by(AccessEntry.id)
        )
        with self.app.database.reading(now=self.app.now()) as unit:
            return [tuple(row) for row in unit.session.execute(query)]  # type: ignore[misc]

    def course(self, instance_id: int) -> Instance:
        """One course."""
        found: Instance = self.rows(select(Instance).where(Instance.id == instance_id))[0]
        return found

    def count(self, table: Any, *where: Any) -> int:
        """How many rows there are."""
        return int(self.rows(select(func.count()).select_from(table).where(*where))[0])


def open_kept_work(
    kept: Kept, kind: str, prepare: Callable[[str], object], at: str = "2026-02-02T09:00"
) -> Work:
    """A service on a database that stays open for the session, as `prepare` left it."""
    database = kept.fresh(kind, prepare, lambda url: connect(settings_for(url)).database)
    url = database.engine.url.render_as_string(hide_password=False)
    return Work(connect(settings_for(url), clock=FrozenClock(local(at)), database=database))


@contextmanager
def open_work(url: str, *bundles: Bundle, at: str = "2026-02-02T09:00") -> Iterator[Work]:
    """A service on a prepared database, with these procedures besides."""
    app = connect(settings_for(url), clock=FrozenClock(local(at)))
    try:
        work = Work(app)
        if bundles:
            work.publish(*bundles)
        yield work
    finally:
        app.database.close()


# --- small procedures -----------------------------------------------------------------------------


def steps(key: str, *ids: str, lane: str, due: str = "arbejdsdage_efter(i_dag, 2)", **more: str) -> Bundle:
    """User tasks one after the other, each with a form of one text; `more` are properties of each."""
    inside = "".join(user(id, f"Trin {id}", skema="tekst", frist=due, **more) for id in ids)
    return bundle(
        key,
        node("startEvent", "s") + inside + node("endEvent", "e") + chain("s", *ids, "e"),
        lane=lane,
        tekst=TEXT,
    )


def drawn(key: str, *middle: str, lane: str = "", outside: str = "", forms: Any = None) -> Bundle:
    """A procedure from start `s` to end `e` with these elements and flows."""
    inside = node("startEvent", "s") + "".join(middle) + node("endEvent", "e")
    return bundle(key, inside, outside=outside, lane=lane, **(forms or {"tekst": TEXT}))


CHILD = [
    {"type": "textfield", "key": "barn_navn", "label": "Barnets navn", "validate": {"required": True}},
    {"type": "textfield", "key": "barn_cpr", "label": "CPR", "properties": {"personnummer": True}},
    {"type": "textfield", "key": "nummer", "label": "Sagsnummer"},
]

CONTACT = drawn(
    "kontakt",
    user("A", "Modtag", skema="barn", frist="arbejdsdage_efter(i_dag, 1)"),
    user("B", "Vurdér", skema="tekst", frist="arbejdsdage_efter(i_dag, 3)"),
    service("opret", "opret_sag", fra='"A"'),
    user("C", "Følg op", skema="tekst", frist="arbejdsdage_efter(i_dag, 3)"),
    chain("s", "A", "B", "opret", "C", "e"),
    lane="Front Stage: A B C opret",
    forms={"barn": CHILD, "tekst": TEXT},
)
"""A first contact: it runs without a case until Front Stage has judged it."""
