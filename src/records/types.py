"""Column types that mean the same on SQLite and PostgreSQL, and the base class of the mapped classes.

    class Child(Base):
        __tablename__ = "child"
        id: Mapped[int] = mapped_column(Id, primary_key=True)
        name: Mapped[str] = mapped_column(Encrypted("child.name"))
        cpr_index: Mapped[str | None] = mapped_column(String(64), unique=True)   # unit.keys.blind_index(cpr)
        details: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("child.details"))
        registered: Mapped[datetime]                                             # Instant, by the annotation

A value inside a JSON column is not watched: assign a new object instead of changing the old one in place.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, MetaData, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.elements import ColumnElement, Null
from sqlalchemy.sql.operators import OperatorType, is_, is_not
from sqlalchemy.types import TypeEngine

from records.crypto import ring_of
from records.errors import NaiveInstant, NotSearchable

# SQLite numbers rows by itself only in a column of the type INTEGER.
Id: Final[TypeEngine[int]] = BigInteger().with_variant(Integer(), "sqlite")

# Bytes decide the order, whatever language the database was made for; an index then serves LIKE 'x%' too.
SortKey: Final[TypeEngine[str]] = Text().with_variant(Text(collation="C"), "postgresql")


# ensure_ascii would make å six characters, and SQLite's JSON paths would not find a key that has one.
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def dump_json(value: Any) -> str:
    """Write JSON in the one form that is stored: compact, and æ, ø and å as themselves."""
    return _encode(value)


class Instant(TypeDecorator[datetime]):
    """A moment: an aware date-time, in UTC when read. timestamptz on PostgreSQL, UTC text on SQLite.

    Raises NaiveInstant for a date-time without an offset.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn the moment into what the database stores."""
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise NaiveInstant(f"a date-time without an offset cannot be stored: {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what the database stores into an aware date-time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """JSON kept as text, for what is read whole; None is NULL. What is searched for gets its own column."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write the JSON."""
        return None if value is None else dump_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read the JSON."""
        return None if value is None else json.loads(value)


class _Sealed(TypeDecorator[Any]):
    """What the encrypted types share: the context, and that nothing is searched for in them."""

    impl: type[TypeEngine[Any]] = Text
    cache_ok = True  # SQLAlchemy asks each class for its own

    class Comparator(TypeDecorator.Comparator[Any]):
        """Lets a query ask only whether there is a value."""

        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            """Pass on IS NULL and IS NOT NULL; raise NotSearchable for the rest."""
            if op in (is_, is_not) and len(other) == 1 and (other[0] is None or isinstance(other[0], Null)):
                return super().operate(op, *other, **kwargs)
            raise NotSearchable(
                "an encrypted column cannot be compared or sorted on; use a blind index or sort key"
            )

    comparator_factory = Comparator

    def __init__(self, context: str) -> None:
        """Take the column's own name, "table.column": a value moved elsewhere does not open there."""
        super().__init__()
        self.context = context


class Encrypted(_Sealed):
    """Text stored encrypted with AES-256-GCM, as `<key id>:<base64>`. Raises KeyMissing, Unreadable."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt with the newest key."""
        return None if value is None else ring_of(dialect).encrypt(value, self.context)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open with the key that the value names."""
        return None if value is None else ring_of(dialect).decrypt(value, self.context)


class EncryptedJson(_Sealed):
    """JSON that is stored encrypted as a whole, like `Encrypted`."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Encrypt with the newest key."""
        return None if value is None else ring_of(dialect).encrypt(dump_json(value), self.context)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Open with the key that the value names."""
        return None if value is None else json.loads(ring_of(dialect).decrypt(value, self.context))


class EncryptedBytes(_Sealed):
    """A file stored encrypted as a whole, like `Encrypted`."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Encrypt with the newest key."""
        return None if value is None else ring_of(dialect).encrypt_bytes(value, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Open with the key that the value names."""
        return None if value is None else ring_of(dialect).decrypt_bytes(value, self.context)


class Base(DeclarativeBase):
    """Root of the mapped classes. Constraints get names by rule, so that a migration can name them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    # A column annotated with one of these needs no mapped_column of its own.
    type_annotation_map = {datetime: Instant(), dict[str, Any]: JsonText(), list[Any]: JsonText()}  # noqa: RUF012
