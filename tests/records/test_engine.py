"""How the two kinds of database are opened, and what becomes of a connection that is lost."""

import logging
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import String, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from records import engine
from records.errors import NotWritable, RecordsError
from records.types import Id
from records.unit import Database, open_database

NOW = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)


class Base(DeclarativeBase):
    pass


class Folder(Base):
    __tablename__ = "folder"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def add_folder(database: Database, name: str) -> None:
    with database.writing(now=NOW) as unit:
        unit.session.add(Folder(name=name))


def folders(database: Database) -> list[str]:
    with database.reading(now=NOW) as unit:
        return list(unit.session.scalars(select(Folder.name).order_by(Folder.name)))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # pytest has threads of its own
def test_a_forked_process_uses_connections_of_its_own(database: Database) -> None:
    folders(database)  # there is a connection to inherit now
    child = os.fork()
    if child == 0:
        try:
            add_folder(database, "child")
            os._exit(0)
        except BaseException:
            logging.exception("in the child")
            os._exit(1)
    add_folder(database, "parent")
    assert os.waitpid(child, 0)[1] == 0
    assert folders(database) == ["child", "parent"]


def test_a_connection_that_the_server_closed_is_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.engine._TRUSTED_SECONDS", -1.0)  # as if it had been idle
    database = open_database(postgres_url)
    Base.metadata.create_all(database.engine)
    other = open_database(postgres_url)
    with other.writing(now=NOW) as unit:
        unit.session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
    add_folder(database, "A")
    assert folders(database) == ["A"]
    database.close()
    other.close()


def test_sqlite_is_opened_as_written_down(
    sqlite_url: str, durability: engine.Synchronous, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SYNCHRONOUS", durability)
    database = open_database(sqlite_url)
    with database.reading(now=NOW) as unit:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [unit.session.scalar(text(f"PRAGMA {name}")) for name in asked]
    assert found == ["wal", 2, 1, 30000]
    database.close()
    database = open_database(sqlite_url, synchronous="NORMAL")
    with database.reading(now=NOW) as unit:
        assert unit.session.scalar(text("PRAGMA synchronous")) == 1
    database.close()


def test_postgres_is_opened_as_written_down(postgres_url: str) -> None:
    database = open_database(postgres_url)
    asked = ("timezone", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with database.writing(now=NOW) as unit:
        assert [unit.session.scalar(text(f"SHOW {name}")) for name in asked] == ["UTC", "5s", "30s", "1min"]
        assert unit.session.scalar(text("SHOW transaction_isolation")) == "read committed"
    with database.reading(now=NOW) as unit:
        assert unit.session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        assert unit.session.scalar(text("SHOW transaction_read_only")) == "on"
    with database.writing(now=NOW) as unit:  # the same connection, without what reading had set
        assert unit.session.scalar(text("SHOW transaction_isolation")) == "read committed"
        assert unit.session.scalar(text("SHOW transaction_read_only")) == "off"
    database.close()


def test_a_database_in_memory_lives_as_long_as_it_is_open() -> None:
    database = open_database("sqlite://")
    Base.metadata.create_all(database.engine)
    threads = [threading.Thread(target=add_folder, args=(database, str(number))) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert folders(database) == ["0", "1", "2", "3"]
    with pytest.raises(NotWritable), database.reading(now=NOW) as unit:
        unit.session.execute(update(Folder).values(name="x"))
    database.close()


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(RecordsError, match="mysql"):
        open_database("mysql://localhost/sag")
