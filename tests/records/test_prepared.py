"""Statements that go straight to the driver mean what they mean through SQLAlchemy."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from records.counting import count_statements
from records.crypto import KeyRing
from records.errors import Conflict, NaiveInstant, NotWritable, RecordsError
from records.prepared import Prepared
from records.types import EncryptedJson, Id, Instant
from records.unit import Database, open_database

NOW = datetime(2026, 2, 2, 8, 0, 30, 123456, tzinfo=UTC)
NAMES = ("number", "at", "day", "open", "secret")


class Base(DeclarativeBase):
    pass


class Sheet(Base):
    __tablename__ = "sheet"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(Instant)
    day: Mapped[date | None]
    open: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[Any | None] = mapped_column(EncryptedJson("sheet.secret"))


NEW = Prepared(insert(Sheet).returning(Sheet.id), NAMES)
READ = Prepared(select(Sheet).where(Sheet.number == bindparam("number")))
CLOSE = Prepared(
    update(Sheet)
    .where(Sheet.number == bindparam("which"), Sheet.open.is_(True))
    .values(open=False, at=bindparam("at"))
)
OPEN = Prepared(select(Sheet.number).where(Sheet.open.is_(True)).order_by(Sheet.number).limit(5))
REMOVE = Prepared(delete(Sheet).where(Sheet.number == bindparam("number")))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url, keys=KeyRing({"1": bytes(32)}, bytes(32)))
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def row(number: str, **values: Any) -> dict[str, Any]:
    return {
        "number": number,
        "at": NOW,
        "day": date(2026, 2, 28),
        "open": True,
        "secret": {"navn": "Åse", "alder": 7},
        **values,
    }


def test_values_come_back_as_they_went_in(database: Database) -> None:
    there = row("A", at=NOW.astimezone(tz=None))
    with database.writing(now=NOW) as unit:
        [(first,)] = unit.run(NEW, there)
        [(second,)] = unit.run(NEW, row("B", day=None, secret=None, open=False))
    assert second > first
    with database.reading(now=NOW) as unit:
        assert unit.run(READ, {"number": "A"}) == [
            (first, "A", NOW, date(2026, 2, 28), True, {"navn": "Åse", "alder": 7})
        ]
        assert unit.run(READ, {"number": "B"}) == [(second, "B", NOW, None, False, None)]
        assert unit.run(READ, {"number": "C"}) == []
        # SQLAlchemy reads the same, and what is encrypted is encrypted.
        [found] = unit.session.scalars(select(Sheet).where(Sheet.id == first))
        assert (found.at, found.secret) == (NOW, there["secret"])
        [stored] = unit.connection.exec_driver_sql("SELECT secret FROM sheet WHERE number = 'A'").scalars()
        assert stored.startswith("1:")


def test_many_rows_go_in_one_statement(database: Database) -> None:
    with database.writing(now=NOW) as unit, count_statements(database) as count:
        unit.insert_many(Sheet, [row(name) for name in "ABCDEFG"])
        unit.run_many(CLOSE, [{"which": name, "at": NOW + timedelta(days=1)} for name in "ACE"])
        unit.run_many(REMOVE, [{"number": "G"}])
        unit.run_many(REMOVE, [])
        assert unit.run(OPEN) == [("B",), ("D",), ("F",)]
    assert len(count) == 4
    with database.reading(now=NOW) as unit:
        [closed] = unit.run(READ, {"number": "C"})
        assert closed[2] == NOW + timedelta(days=1)


def test_what_the_database_refuses_is_told_as_ever(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        unit.run(NEW, row("A"))
    with pytest.raises(Conflict), database.writing(now=NOW) as unit:
        unit.run(NEW, row("A"))
    with pytest.raises(Conflict), database.writing(now=NOW) as unit:
        unit.run_many(Prepared(insert(Sheet), NAMES), [row("A"), row("B")])
    with pytest.raises(NotWritable), database.reading(now=NOW) as unit:
        unit.run(NEW, row("B"))
    with pytest.raises(NaiveInstant), database.writing(now=NOW) as unit:
        unit.run(NEW, row("B", at=NOW.replace(tzinfo=None)))
    with database.reading(now=NOW) as unit:
        assert unit.run(OPEN) == [("A",)]


def test_a_forgotten_value_is_an_error_and_never_null(database: Database) -> None:
    with pytest.raises(KeyError), database.writing(now=NOW) as unit:
        unit.run(NEW, {"number": "A", "at": NOW, "day": None, "open": True})
    with pytest.raises(RecordsError, match="default"), database.writing(now=NOW) as unit:
        unit.run(Prepared(insert(Sheet), ("number", "at", "secret")), row("A"))
