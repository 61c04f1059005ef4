"""What may only be added is neither changed nor deleted, whichever way it is tried."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Executable, delete, func, select, text, update

from records.append_only import APPEND_ONLY
from records.crypto import KeyRing
from records.errors import AppendOnly
from records.schema import migrate
from records.tables import (
    AccessEntry,
    AdminEntry,
    Case,
    Child,
    Document,
    DocumentDelivery,
    DocumentFile,
    DocumentFiling,
    DocumentRecipient,
    DocumentVersion,
    Guide,
    GuideReading,
    GuideVersion,
    Instance,
    JournalEntry,
    Person,
    Procedure,
    ProcedureVersion,
    RegisterChange,
    RegisterRow,
    StepEntry,
    Submission,
    Task,
)
from records.types import Base
from records.unit import Database, Unit, open_database

NOW = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
GUARDED: dict[str, type[Base]] = {
    one.__tablename__: one
    for one in (
        AccessEntry,
        AdminEntry,
        DocumentDelivery,
        DocumentFile,
        DocumentFiling,
        DocumentRecipient,
        DocumentVersion,
        GuideReading,
        GuideVersion,
        JournalEntry,
        RegisterChange,
        StepEntry,
        Submission,
    )
}


def fill(unit: Unit) -> None:
    """One row in every append-only table."""
    add, flush = unit.session.add_all, unit.session.flush
    add([Person(name="Mette", sort_name="mette", created_at=NOW), Child(name="Liv", sort_name="liv")])
    add([Procedure(key="opstart", name="Opstart")])
    add([RegisterRow(register="maal", key="TS-1", title="Mål", status="aaben", content={})])
    flush()
    add([Case(number="2026-1", child_id=1, data={}, opened_at=NOW)])
    add(
        [
            ProcedureVersion(
                procedure_id=1, version=1, status="published", hash="", manifest={}, start_messages=[]
            )
        ]
    )
    add([Guide(key="moedeguide", title="Mødeguide", newest=1)])
    flush()
    add([Instance(version_id=1, state="{}", status="igang", started_at=NOW, case_id=1)])
    add([Document(case_id=1, kind="faelles_plan", title="Fælles plan", newest=1)])
    flush()
    add([DocumentVersion(document_id=1, version=1, content={"maal": "x"}, issued_at=NOW)])
    task = {"engine_id": "a", "element_id": "T1", "name": "x", "role": "raadgiver"}
    add([Task(instance_id=1, version_id=1, opened_at=NOW, sort_at=NOW, **task)])
    add([GuideVersion(guide_id=1, version=1, title="Mødeguide", text="x", sha256="", published_at=NOW)])
    flush()
    add(
        [
            AccessEntry(case_id=1, person_id=1, at=NOW, relation="raadgiver", what="sag", refused=False),
            AdminEntry(at=NOW, kind="enhed", text="Oprettet"),
            DocumentDelivery(version_id=1, name="Liv", how="papir", given_on=date(2026, 2, 2), at=NOW),
            DocumentFile(version_id=1, media="application/pdf", sha256="", size=1, content=b"x", made_at=NOW),
            DocumentFiling(version_id=1, target="esdh", reference="2026/1", at=NOW),
            DocumentRecipient(version_id=1, name="Liv"),
            GuideReading(guide_version_id=1, task_id=1, person_id=1, at=NOW),
            RegisterChange(row_id=1, at=NOW, status="aaben", content={}),
            JournalEntry(case_id=1, at=NOW, kind="notat", text="Samtale"),
            StepEntry(
                instance_id=1,
                engine_id="a",
                element_id="T1",
                kind="userTask",
                name="x",
                outcome="completed",
                at=NOW,
            ),
            Submission(instance_id=1, element_id="T1", answers={}, at=NOW),
        ]
    )


@pytest.fixture
def database(databases: Any, database_kind: str) -> Iterator[Database]:
    database = open_database(
        databases.new(database_kind, prepare=migrate), keys=KeyRing({"1": bytes(32)}, bytes(32))
    )
    with database.writing(now=NOW) as unit:
        fill(unit)
    yield database
    database.close()


def execute(statement: Executable, unit: Unit) -> None:
    unit.session.execute(statement)


def refused(database: Database, attempt: Callable[[Unit], object], table: str) -> None:
    """Assert that the attempt is refused by name and that the row is still there, as it was."""

    def rows(unit: Unit) -> list[str]:
        return [str(row) for row in unit.session.execute(text(f"SELECT * FROM {table}"))]

    with database.reading(now=NOW) as unit:
        before = rows(unit)
    with pytest.raises(AppendOnly, match=f"append-only: {table}"), database.writing(now=NOW) as unit:
        attempt(unit)
    with database.reading(now=NOW) as unit:
        assert rows(unit) == before != []


def test_the_test_covers_every_guarded_table() -> None:
    assert sorted(GUARDED) == sorted(APPEND_ONLY)


def test_a_row_is_neither_changed_nor_deleted(database: Database) -> None:
    for name, table in GUARDED.items():
        for statement in (update(table).values(id=7), delete(table)):
            refused(database, partial(execute, statement), name)


def test_nor_through_an_object(database: Database) -> None:
    def change(unit: Unit) -> None:
        unit.session.get_one(JournalEntry, 1).text = "noget andet"

    refused(database, change, "journal_entry")
    refused(database, lambda unit: unit.session.delete(unit.session.get_one(Submission, 1)), "submission")


def test_nor_by_putting_another_row_in_its_place(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        replace = "INSERT OR REPLACE INTO step_entry SELECT * FROM step_entry"
    else:
        replace = "INSERT INTO step_entry SELECT * FROM step_entry ON CONFLICT (id) DO UPDATE SET name = 'y'"
    refused(database, lambda unit: unit.session.execute(text(replace)), "step_entry")


def test_nor_by_emptying_the_table(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        refused(database, lambda unit: unit.session.execute(text("TRUNCATE access_entry")), "access_entry")


def test_rows_are_added_and_nothing_else_is_in_the_way(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        unit.insert_many(JournalEntry, [{"case_id": 1, "at": NOW, "kind": "notat", "text": "x"}] * 3)
        unit.session.get_one(Case, 1).status = "lukket"
    with database.reading(now=NOW) as unit:
        assert unit.session.scalar(select(func.count()).select_from(JournalEntry)) == 4
