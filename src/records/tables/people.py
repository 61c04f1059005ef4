"""Units, people, the roles they hold, and how they sign in."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Id, Instant, JsonText


class OrgUnit(Base):
    """A unit of the municipality: centre, office, team, institution (processes.md 1.2)."""

    __tablename__ = "org_unit"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("org_unit.id"))
    district: Mapped[str | None] = mapped_column(String(80))
    area: Mapped[str | None] = mapped_column(String(40))
    """Fagområde: Børn, Unge or Handicap."""


class Person(Base):
    """Somebody who works here. Children and families are not persons in this sense."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    sort_name: Mapped[str] = mapped_column(String(400), index=True)
    username: Mapped[str | None] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(200))
    title: Mapped[str | None] = mapped_column(String(200))
    unit_id: Mapped[int | None] = mapped_column(Id, ForeignKey("org_unit.id"))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    hired_on: Mapped[date | None] = mapped_column(Date)
    """First day of work here (ST-78)."""


class RoleHolding(Base):
    """A person holds a role: in a unit, or as a personal post when no unit is named."""

    __tablename__ = "role_holding"
    __table_args__ = (Index("ix_role_holding_role_unit", "role", "unit_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[int | None] = mapped_column(Id, ForeignKey("org_unit.id"))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    """Last day of the holding, inclusive."""


class WorkGroup(Base):
    """The holders of one role in one unit, as a single id a task can wait for."""

    __tablename__ = "work_group"
    __table_args__ = (UniqueConstraint("role", "unit_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    role: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[int | None] = mapped_column(Id, ForeignKey("org_unit.id"))


class ClosingDay(Base):
    """A day the municipality is closed beside the public holidays: yearly (month, day) or one date."""

    __tablename__ = "closing_day"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    month: Mapped[int | None]
    day: Mapped[int | None]
    on_date: Mapped[date | None] = mapped_column(Date)


class SignInSession(Base):
    """A signed-in browser; only the hash of its token is kept."""

    __tablename__ = "sign_in_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInAttempt(Base):
    """One try at signing in, for throttling on every node."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_username_at", "username", "at"),
        Index("ix_sign_in_attempt_address_at", "address", "at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    succeeded: Mapped[bool]


class ApiToken(Base):
    """A person's key to the API; only its hash is kept."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class IdempotencyKey(Base):
    """The answer given to a write, so that the same request repeated gets the same answer."""

    __tablename__ = "idempotency_key"
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[object] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
