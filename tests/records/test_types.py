"""Column types: what goes in comes out, on both databases, and what must not go in is refused."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, MetaData, insert, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from records import tables
from records.crypto import KeyRing
from records.errors import KeyMissing, NaiveInstant, NotSearchable, Unreadable
from records.sortkeys import name_key
from records.types import Base, Encrypted, EncryptedJson, Id, SortKey, dump_json
from records.unit import Database, open_database

NOW = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
RING = KeyRing({"1": bytes(32)}, bytes(32))


class Own(DeclarativeBase):
    metadata = MetaData()
    type_annotation_map = Base.type_annotation_map


class Sheet(Own):
    __tablename__ = "sheet"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime | None]
    data: Mapped[dict[str, Any] | None]
    secret: Mapped[str | None] = mapped_column(Encrypted("sheet.secret"))
    secrets: Mapped[Any | None] = mapped_column(EncryptedJson("sheet.secrets"))
    sort_name: Mapped[str | None] = mapped_column(SortKey)


class Note(Own):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url, keys=RING)
    Own.metadata.create_all(database.engine)
    yield database
    database.close()


def kept(database: Database, **values: Any) -> Sheet:
    """Save a row and read it again in another unit."""
    with database.writing(now=NOW) as unit:
        sheet = Sheet(**values)
        unit.session.add(sheet)
    with database.reading(now=NOW) as unit:
        return unit.session.get_one(Sheet, sheet.id)


def stored(database: Database, column: str) -> Any:
    with database.reading(now=NOW) as unit:
        return unit.session.scalar(text(f"SELECT {column} FROM sheet ORDER BY id DESC"))


@pytest.mark.parametrize(
    "moment",
    [
        NOW,
        datetime(2026, 7, 1, 10, 30, 15, 123456, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Copenhagen")),
        datetime(1999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_an_instant_comes_back_as_the_same_moment_in_utc(database: Database, moment: datetime) -> None:
    found = kept(database, at=moment).at
    assert found == moment.astimezone(UTC)
    assert found is not None
    assert found.tzinfo is UTC


def test_instants_are_ordered_and_compared_as_moments(database: Database) -> None:
    copenhagen = ZoneInfo("Europe/Copenhagen")
    for hour in (12, 3, 8):
        kept(database, at=datetime(2026, 7, 1, hour, tzinfo=copenhagen))
    with database.reading(now=NOW) as unit:
        limit = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)
        found = unit.session.scalars(select(Sheet.at).where(Sheet.at >= limit).order_by(Sheet.at)).all()
    assert [at.hour for at in found if at] == [6, 10]


def test_a_time_without_an_offset_is_refused(database: Database) -> None:
    with pytest.raises(NaiveInstant, match="2026-02-02"):
        kept(database, at=datetime(2026, 2, 2, 8, 0))  # noqa: DTZ001
    with pytest.raises(NaiveInstant), database.reading(now=NOW) as unit:
        unit.session.scalars(select(Sheet).where(Sheet.at < datetime(2026, 2, 2)))  # noqa: DTZ001


def test_rows_number_themselves_and_references_have_the_same_type(database: Database) -> None:
    first, second = kept(database), kept(database)
    assert second.id > first.id
    assert isinstance(Note.__table__.c.sheet_id.type, BigInteger)


@pytest.mark.parametrize("value", [{"æøå": "Ærø", "tal": [1, 2.5, None, True]}, {}, None])
def test_json_comes_back_and_keeps_danish_letters(database: Database, value: Any) -> None:
    assert kept(database, data=value).data == value
    assert stored(database, "data") == (None if value is None else dump_json(value))


def test_json_is_compact_and_readable() -> None:
    assert dump_json({"å": [1, "ø"]}) == '{"å":[1,"ø"]}'
    for wrong in (float("nan"), date(2026, 1, 1), {1, 2}):
        with pytest.raises((TypeError, ValueError)):
            dump_json(wrong)


def test_a_secret_comes_back_and_is_not_readable_in_the_database(database: Database) -> None:
    sheet = kept(database, secret="010120-1234", secrets={"barn_navn": "Liv Skov", "æ": [1]})
    assert sheet.secret == "010120-1234"
    assert sheet.secrets == {"barn_navn": "Liv Skov", "æ": [1]}
    assert stored(database, "secret").startswith("1:")
    assert "Liv" not in stored(database, "secrets")
    assert kept(database, secret=None, secrets=None).secret is None
    assert stored(database, "secrets") is None


def test_a_secret_moved_to_another_column_does_not_open(database: Database) -> None:
    sheet = kept(database, secrets="x")
    with database.writing(now=NOW) as unit:
        unit.session.execute(text("UPDATE sheet SET secret = secrets"))
    with pytest.raises(Unreadable, match=r"sheet\.secret "), database.reading(now=NOW) as unit:
        unit.session.get_one(Sheet, sheet.id)


def test_two_open_databases_have_their_own_keys(database: Database, database_url: str) -> None:
    other = open_database(database_url, keys=KeyRing({"2": bytes(range(32))}, bytes(32)))
    sheet = kept(database, secret="x")
    with pytest.raises(KeyMissing, match="»1«"), other.reading(now=NOW) as unit:
        unit.session.get_one(Sheet, sheet.id)
    assert kept(other, secret="y").secret == "y"
    assert stored(other, "secret").startswith("2:")
    assert kept(database, secret="z").secret == "z"
    other.close()


def test_without_keys_a_secret_is_neither_saved_nor_read(database: Database, database_url: str) -> None:
    bare = open_database(database_url)
    with pytest.raises(KeyMissing):
        kept(bare, secret="010120-1234")
    assert kept(bare, data={}).data == {}
    with pytest.raises(KeyMissing), bare.reading(now=NOW) as unit:
        _ = unit.keys
    bare.close()


def test_the_error_of_a_missing_key_does_not_show_the_secret(database_url: str) -> None:
    bare = open_database(database_url)
    Own.metadata.create_all(bare.engine)
    with pytest.raises(StatementError) as raised, bare.engine.begin() as connection:
        connection.execute(insert(Sheet).values(secret="010120-1234"))
    assert "010120" not in str(raised.value)
    bare.close()


def test_the_blind_index_is_at_hand_in_a_unit(database: Database) -> None:
    with database.reading(now=NOW) as unit:
        assert unit.keys.blind_index("010120-1234") == RING.blind_index("0101201234")


def test_nothing_is_searched_for_in_a_secret() -> None:
    for search in (
        lambda: Sheet.secret == "x",
        lambda: Sheet.secret != None,  # noqa: E711
        lambda: Sheet.secret.like("x%"),
        lambda: Sheet.secret.in_(["x"]),
        lambda: Sheet.secrets.desc(),
    ):
        with pytest.raises(NotSearchable):
            search()


def test_whether_there_is_a_secret_may_be_asked(database: Database) -> None:
    kept(database, secret="x")
    kept(database, secret=None)
    with database.reading(now=NOW) as unit:
        assert len(unit.session.scalars(select(Sheet).where(Sheet.secret.is_(None))).all()) == 1
        assert len(unit.session.scalars(select(Sheet).where(Sheet.secret.is_not(None))).all()) == 1


def test_sort_keys_sort_alike_on_both_databases(database: Database) -> None:
    names = ["Åse", "Zenia", "Ærø", "Øjvind", "Anders", "Aagaard", "bo"]
    for name in names:
        kept(database, sort_name=name_key(name))
    with database.reading(now=NOW) as unit:
        found = unit.session.scalars(select(Sheet.sort_name).order_by(Sheet.sort_name)).all()
    assert list(found) == sorted(map(name_key, names))


def test_every_encrypted_column_is_bound_to_its_own_name() -> None:
    assert tables.__all__
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Encrypted | EncryptedJson):
                assert column.type.context == f"{table.name}.{column.name}"


def test_every_column_of_the_tables_that_holds_a_moment_refuses_naive_ones() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    assert not [str(column) for column in columns if isinstance(column.type, DateTime | JSON)]
