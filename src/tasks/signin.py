"""Signing in with a local account: argon2, throttling on every node, sessions kept on the server, API
tokens."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, func, select, update

from records.tables import ApiToken, Person, SignInAttempt, SignInSession
from records.unit import Unit
from tasks import admin_log
from tasks.errors import Invalid, NotFound, Refused
from tasks.people import Actor, actor_in, actor_query
from tasks.texts import required

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
TRIES_PER_NAME = 8
TRIES_PER_ADDRESS = 40
TOUCH_AFTER = timedelta(minutes=1)
"""A session's last use is written at most this often, so that reading pages costs no write."""

_hasher = PasswordHasher()
_at_once = BoundedSemaphore(4)  # argon2 takes 64 MiB a check
WRONG = "Brugernavn eller adgangskode er forkert."


@dataclass(frozen=True, slots=True)
class SignIn:
    """Sign in with a password from a network address. `at` is real time (UTC), never the demo clock."""

    username: str
    password: str
    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: its token is shown once; the person is None when sign-in failed, with the Danish
    reason."""

    token: str | None
    person_id: int | None
    refusal: str | None


@cache
def _nobody() -> str:
    """Return a hash that no password has: an unknown name costs as long as a known one."""
    return _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(password)


def sign_in(unit: Unit, actor: Actor, command: SignIn) -> Opened:
    """Check a password and open a session.

    A failure is returned, not raised, because the failed attempt itself must be kept (throttling).
    """
    username = "".join(sign for sign in command.username if sign.isprintable()).strip().casefold()[:80]
    address = command.address[:64]
    since = command.at - WINDOW
    by_name, by_address = (
        unit.session.scalar(
            select(func.count())
            .select_from(SignInAttempt)
            .where(column == value, SignInAttempt.at > since, SignInAttempt.succeeded.is_(False))
        )
        or 0
        for column, value in ((SignInAttempt.username, username), (SignInAttempt.address, address))
    )
    if by_name >= TRIES_PER_NAME or by_address >= TRIES_PER_ADDRESS:
        return Opened(None, None, "For mange forsøg. Vent et kvarter, og prøv igen.")
    person = unit.session.scalar(select(Person).where(Person.username == username, Person.active.is_(True)))
    good = _verify(person.password_hash if person and person.password_hash else _nobody(), command.password)
    succeeded = good and person is not None and person.password_hash is not None
    unit.session.add(SignInAttempt(username=username, address=address, at=command.at, succeeded=succeeded))
    if not succeeded or person is None:
        return Opened(None, None, WRONG)
    long_ago = command.at - timedelta(days=30)
    unit.session.execute(delete(SignInAttempt).where(SignInAttempt.at < long_ago))
    unit.session.execute(
        delete(SignInSession).where(SignInSession.person_id == person.id, SignInSession.expires_at < long_ago)
    )
    token = secrets.token_urlsafe(32)
    unit.session.add(
        SignInSession(
            token_hash=digest(token),
            person_id=person.id,
            created_at=command.at,
            seen_at=command.at,
            expires_at=command.at + LONGEST,
        )
    )
    return Opened(token, person.id, None)


def _verify(stored: str, password: str) -> bool:
    with _at_once:
        try:
            return _hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


@dataclass(frozen=True, slots=True)
class Resume:
    """Ask whom a session or API token belongs to. `at` is real time (UTC)."""

    token: str
    at: datetime


def touch(unit: Unit, actor: Actor, command: Resume) -> None:
    """Note that a session is in use."""
    unit.session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == digest(command.token))
        .values(seen_at=command.at)
        .execution_options(synchronize_session=False)
    )


def sign_out(unit: Unit, actor: Actor, command: Resume) -> None:
    """End a session; an unknown token is no error."""
    unit.session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == digest(command.token), SignInSession.ended_at.is_(None))
        .values(ended_at=command.at)
        .execution_options(synchronize_session=False)
    )


def end_sessions(unit: Unit, person_id: int, at: datetime) -> None:
    """End every session of a person, as when the account is closed or the password changes."""
    unit.session.execute(
        update(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )


def revoke_tokens(unit: Unit, person_id: int, at: datetime) -> None:
    """Revoke every API token of a person."""
    unit.session.execute(
        update(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=at)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Change one's own password. `at` is real time (UTC)."""

    old: str
    new: str
    at: datetime


def change_password(unit: Unit, actor: Actor, command: ChangePassword) -> None:
    """Change the actor's password; all sessions end. Raises Invalid."""
    person = unit.session.get(Person, actor.person_id)
    if person is None or not _verify(person.password_hash or _nobody(), command.old):
        raise Invalid("Den nuværende adgangskode er forkert.", {"old": "Adgangskoden er forkert."})
    if len(command.new) < 12:
        raise Invalid("Adgangskoden er for kort.", {"new": "Brug mindst 12 tegn."})
    person.password_hash = hash_password(command.new)
    end_sessions(unit, person.id, command.at)
    admin_log.note(unit, actor, "adgangskode", "Egen adgangskode skiftet", person.id)


@dataclass(frozen=True, slots=True)
class NewToken:
    """Make an API token for a person."""

    username: str
    name: str = "api"


def new_token(unit: Unit, actor: Actor, command: NewToken) -> str:
    """Return a new API token; only its hash is kept. Raises NotFound, Refused."""
    if actor.person_id is not None:
        raise Refused("En API-nøgle laves på serveren.")
    person_id = unit.session.scalar(
        select(Person.id).where(Person.username == command.username, Person.active.is_(True))
    )
    if person_id is None:
        raise NotFound(f"Der er ingen aktiv bruger med navnet {command.username}.")
    name = required(command.name, "name", "Skriv, hvad nøglen skal bruges til.", 120)
    token = "sag_" + secrets.token_urlsafe(32)
    unit.session.add(ApiToken(person_id=person_id, name=name, token_hash=digest(token), created_at=unit.now))
    admin_log.note(unit, actor, "noegle", f"API-nøgle lavet: {name}", person_id)
    return token


def person_of_token(unit: Unit, actor: Actor, token: str) -> int | None:
    """Return whom an API token belongs to, None when it is unknown or revoked; one statement."""
    return unit.session.scalar(
        select(ApiToken.person_id).where(ApiToken.token_hash == digest(token), ApiToken.revoked_at.is_(None))
    )


_BY_TOKEN = actor_query(
    Person.id
    == select(ApiToken.person_id)
    .where(ApiToken.token_hash == bindparam("hash"), ApiToken.revoked_at.is_(None))
    .scalar_subquery()
)


def actor_of_token(unit: Unit, actor: Actor, token: str) -> Actor | None:
    """Return the active person an API token belongs to, with the roles held today; one statement.

    None when the token is unknown or revoked, or when the person works here no longer.
    """
    return actor_in(unit, _BY_TOKEN, {"hash": digest(token)})


def digest(token: str) -> str:
    """Return what is kept of a session's or API token."""
    return hashlib.sha256(token.encode()).hexdigest()
