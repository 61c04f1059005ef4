"""The unit of work: what is saved, what is not, and that nothing gets lost between threads."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import ForeignKey, MetaData, String, func, insert, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from records.counting import count_statements
from records.errors import Busy, Conflict, NaiveInstant, NotWritable, RecordsError
from records.types import Id, Instant
from records.unit import Database, Unit, open_database

NOW = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData()


class Folder(Base):
    __tablename__ = "folder"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    count: Mapped[int] = mapped_column(default=0)
    rev: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime | None] = mapped_column(Instant)


class Sheet(Base):
    __tablename__ = "sheet"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey("folder.id"))
    text: Mapped[str]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    Base.metadata.create_all(database.engine)
    with database.writing(now=NOW) as unit:
        unit.session.add(Folder(name="A"))
    yield database
    database.close()


def folders(database: Database) -> list[str]:
    with database.reading(now=NOW) as unit:
        return list(unit.session.scalars(select(Folder.name).order_by(Folder.name)))


def test_returning_saves_and_raising_saves_nothing(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        unit.session.add(Folder(name="B"))

    def fail(unit: Unit) -> None:
        unit.session.add(Folder(name="C"))
        unit.session.flush()
        raise KeyError

    with pytest.raises(KeyError):
        write(database, fail)
    assert folders(database) == ["A", "B"]


def test_what_was_read_stays_readable_afterwards(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        folder = unit.session.scalars(select(Folder)).one()
        folder.count = 7
    assert (folder.name, folder.count) == ("A", 7)


def test_now_is_the_given_moment_in_utc(database: Database) -> None:
    with database.reading(now=datetime(2026, 2, 2, 9, 0, tzinfo=timezone(timedelta(hours=1)))) as unit:
        assert unit.now == NOW
        assert unit.now.tzinfo is UTC
    with pytest.raises(NaiveInstant):
        database.writing(now=datetime(2026, 2, 2, 9, 0))  # noqa: DTZ001


def test_four_threads_that_read_then_write_lose_nothing(database: Database) -> None:
    failures: list[BaseException] = []

    def add_up() -> None:
        try:
            for _ in range(50):
                with database.writing(now=NOW) as unit:
                    folder = unit.session.get_one(Folder, 1, with_for_update=True)
                    folder.count = folder.count + 1
        except BaseException as failure:
            failures.append(failure)

    run_together(add_up, 4)
    assert failures == []
    with database.reading(now=NOW) as unit:
        assert unit.session.get_one(Folder, 1).count == 200


def test_two_open_databases_on_one_file_lose_nothing_either(sqlite_url: str) -> None:
    first, second = open_database(sqlite_url), open_database(sqlite_url)
    Base.metadata.create_all(first.engine)
    with first.writing(now=NOW) as unit:
        unit.session.add(Folder(name="A"))

    def add_up(database: Database) -> None:
        for _ in range(50):
            with database.writing(now=NOW) as unit:
                folder = unit.session.get_one(Folder, 1)
                folder.count = folder.count + 1

    threads = [threading.Thread(target=add_up, args=(database,)) for database in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with first.reading(now=NOW) as unit:
        assert unit.session.get_one(Folder, 1).count == 100
    first.close()
    second.close()


def test_a_reading_unit_sees_one_moment(database: Database) -> None:
    with database.reading(now=NOW) as unit:
        before = unit.session.scalar(select(func.count()).select_from(Folder))
        run_together(lambda: add_folder(database, "B"), 1)
        assert unit.session.scalar(select(func.count()).select_from(Folder)) == before


def test_a_reading_unit_does_not_wait_for_a_writing_one(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        unit.session.add(Folder(name="B"))
        unit.session.flush()
        assert folders(database) == ["A"]
    assert folders(database) == ["A", "B"]


@pytest.mark.parametrize(
    "change",
    [
        lambda unit: setattr(unit.session.get_one(Folder, 1), "count", 9),
        lambda unit: unit.session.add(Folder(name="B")),
        lambda unit: (unit.session.add(Folder(name="B")), unit.session.flush()),
        lambda unit: unit.session.execute(update(Folder).values(count=9)),
        lambda unit: unit.insert_many(Sheet, [{"folder_id": 1, "text": "x"}]),
    ],
    ids=["change", "add", "flush", "statement", "insert_many"],
)
def test_a_reading_unit_refuses_to_write(database: Database, change: Callable[[Unit], object]) -> None:
    with pytest.raises(NotWritable), database.reading(now=NOW) as unit:
        change(unit)
    add_folder(database, "C")  # the connection can write again afterwards
    assert folders(database) == ["A", "C"]


def test_a_value_that_is_taken_is_a_conflict(database: Database) -> None:
    with pytest.raises(Conflict):
        add_folder(database, "A")
    with pytest.raises(Conflict), database.writing(now=NOW) as unit:
        unit.session.execute(insert(Folder).values(id=1, name="B", count=0, rev=1))


def test_a_broken_foreign_key_is_not_called_a_conflict(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key") as raised, database.writing(now=NOW) as unit:
        unit.session.add(Sheet(folder_id=99, text="x"))
    assert not isinstance(raised.value, RecordsError)


def test_errors_do_not_show_what_was_to_be_saved(database: Database) -> None:
    with pytest.raises(Exception, match="hidden") as raised, database.writing(now=NOW) as unit:
        unit.insert_many(Sheet, [{"folder_id": 99, "text": "secret"}])
    assert "secret" not in str(raised.value)


def test_waiting_too_long_for_a_lock_is_busy(database: Database) -> None:
    def change(unit: Unit) -> None:
        if database.engine.dialect.name == "postgresql":
            unit.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        unit.session.execute(update(Folder).values(count=1))

    impatient = open_database(database.engine.url, wait_seconds=0.05)
    with the_lock_of(database), pytest.raises(Busy):
        write(impatient, change)
    add_folder(impatient, "B")
    impatient.close()


def test_a_writer_waits_half_a_minute_for_its_turn(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    with database.writing(now=NOW) as unit:
        assert unit.session.scalar(text("PRAGMA busy_timeout")) == 30_000
    database.close()


def test_a_deadlock_is_busy_and_the_other_transaction_is_saved(postgres_url: str) -> None:
    database = open_database(postgres_url)
    Base.metadata.create_all(database.engine)
    for name in "AB":
        add_folder(database, name)
    both_have_one = threading.Barrier(2)
    ended: list[str] = []

    def change(first: int, second: int) -> None:
        try:
            with database.writing(now=NOW) as unit:
                unit.session.execute(update(Folder).where(Folder.id == first).values(count=first))
                both_have_one.wait()
                unit.session.execute(update(Folder).where(Folder.id == second).values(count=first))
            ended.append("saved")
        except Busy:
            ended.append("busy")

    threads = [threading.Thread(target=change, args=order) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["busy", "saved"]
    database.close()


def test_a_unit_inside_a_unit_is_refused_at_once(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        unit.session.add(Folder(name="B"))
        with pytest.raises(RecordsError, match="inside"), database.writing(now=NOW):
            pass
    assert folders(database) == ["A", "B"]


def test_actions_run_after_the_commit_and_only_then(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[list[str]] = []

    def fail() -> None:
        raise OSError("nobody listens")

    with database.writing(now=NOW) as unit:
        unit.session.add(Folder(name="B"))
        unit.after_commit(fail)
        unit.after_commit(lambda: seen.append(folders(database)))
        assert seen == []
    assert seen == [["A", "B"]]
    assert "nobody listens" in caplog.text

    def refuse(unit: Unit) -> None:
        unit.after_commit(lambda: seen.append([]))
        raise KeyError

    def collide(unit: Unit) -> None:
        unit.after_commit(lambda: seen.append([]))
        unit.session.add(Folder(name="A"))

    with pytest.raises(KeyError):
        write(database, refuse)
    with pytest.raises(Conflict):
        write(database, collide)
    assert len(seen) == 1


def test_an_action_after_the_commit_may_open_a_unit(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        unit.after_commit(lambda: add_folder(database, "Z"))
    assert folders(database) == ["A", "Z"]


def test_a_statement_on_the_connection_is_part_of_the_unit(database: Database) -> None:
    change = update(Folder).values(count=9)

    def fail(unit: Unit) -> None:
        unit.connection.execute(change)
        raise KeyError

    with pytest.raises(KeyError):
        write(database, fail)
    with database.reading(now=NOW) as unit:
        assert unit.connection.scalar(select(Folder.count)) == 0
    write(database, lambda unit: unit.connection.execute(change))
    with database.reading(now=NOW) as unit:
        assert unit.connection.scalar(select(Folder.count)) == 9


def test_many_rows_are_one_statement(database: Database) -> None:
    with count_statements(database) as count, database.writing(now=NOW) as unit:
        unit.insert_many(Sheet, [{"folder_id": 1, "text": str(number)} for number in range(20)])
        unit.insert_many(Sheet, [])
    assert (len(count), count.commits) == (1, 1)
    with database.reading(now=NOW) as unit:
        assert unit.session.scalar(select(func.count()).select_from(Sheet)) == 20


def test_objects_that_are_added_together_are_one_statement_and_get_their_own_ids(database: Database) -> None:
    made = [Folder(name=f"{number * 7919 % 500:03}") for number in range(500)]
    with count_statements(database) as count, database.writing(now=NOW) as unit:
        unit.session.add_all(made)
    assert (len(count), count.commits) == (1, 1)
    with database.reading(now=NOW) as unit:
        names = {row.id: row.name for row in unit.session.execute(select(Folder.id, Folder.name))}
    assert all(names[folder.id] == folder.name for folder in made)


def test_many_rows_get_the_columns_defaults_and_types(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        unit.insert_many(Folder, [{"name": "B", "at": NOW}, {"name": "C", "at": None}])
    with database.reading(now=NOW) as unit:
        made = unit.session.scalars(select(Folder).where(Folder.name > "A").order_by(Folder.name)).all()
        assert [(folder.count, folder.rev, folder.at) for folder in made] == [(0, 1, NOW), (0, 1, None)]


def test_statements_and_commits_are_counted_in_both_kinds_of_unit(database: Database) -> None:
    with count_statements(database) as count:
        folders(database)
        with database.writing(now=NOW) as unit:
            unit.session.add_all([Folder(name="B"), Folder(name="C")])
        with database.writing(now=NOW):
            pass  # a unit that did nothing does not reach the database
    assert (len(count), count.commits) == (2, 1), str(count)
    folders(database)
    assert len(count) == 2


def test_nothing_is_written_before_a_flush(database: Database) -> None:
    with count_statements(database) as count, database.writing(now=NOW) as unit:
        unit.session.add(Folder(name="B"))
        assert len(unit.session.scalars(select(Folder)).all()) == 1
        assert len(count) == 1
        unit.session.flush()
        assert len(unit.session.scalars(select(Folder)).all()) == 2


def test_shared_is_the_same_in_every_unit(database: Database) -> None:
    with database.writing(now=NOW) as unit:
        unit.shared["diagrams"] = ("x",)
    with database.reading(now=NOW) as unit:
        assert unit.shared["diagrams"] == ("x",)


def test_the_calendar_is_read_when_it_is_asked_for(sqlite_url: str) -> None:
    asked: list[Unit] = []

    def calendar(unit: Unit) -> str:
        asked.append(unit)
        return "closing days"

    database = open_database(sqlite_url, calendar=calendar)
    with database.reading(now=NOW) as unit:
        assert asked == []
        assert unit.calendar == unit.calendar == "closing days"
    assert asked == [unit]
    database.close()


def write(database: Database, work: Callable[[Unit], object]) -> None:
    with database.writing(now=NOW) as unit:
        work(unit)


def add_folder(database: Database, name: str) -> None:
    write(database, lambda unit: unit.session.add(Folder(name=name)))


def run_together(work: Callable[[], object], threads: int) -> None:
    started = [threading.Thread(target=work) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


@contextmanager
def the_lock_of(database: Database) -> Iterator[None]:
    """Hold what a writer needs, as another process would."""
    if database.engine.dialect.name == "sqlite":
        other = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
    else:
        with database.engine.connect() as connection:
            connection.execute(update(Folder).values(count=0))
            yield
