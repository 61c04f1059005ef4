"""What a rehearsal plays on, and how its script's own words are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol

from engine.zone import COPENHAGEN
from tasks.calendar_starts import Look
from tasks.people import Actor


class Stage(Protocol):
    """What a rehearsal plays on: a throw-away service whose clock it may set."""

    calendar: Look | None
    """What begins by itself as the clock moves; None for nothing."""

    def run(self, use_case: Any, actor: Actor, command: Any) -> Any:
        """Run a use case in one transaction, as the live service does."""

    def read(self, query: Any, actor: Actor, command: Any) -> Any:
        """Answer a question."""

    def move_to(self, at: datetime) -> None:
        """Move the clock there (aware); what falls due on the way happens in order."""

    def settle(self) -> None:
        """Let happen what the last act left to be done at once."""

    def set_clock(self, at: datetime) -> None:
        """Set the clock before anything has happened."""

    def person(self, name: str) -> int:
        """Return the id of a person of the cast. Raises LookupError."""

    def actor(self, person_id: int) -> Actor:
        """Return a person with the roles held."""


@dataclass(frozen=True, slots=True)
class Played:
    """How one rehearsal went. `problems` is empty when all was as it says."""

    procedure: str
    name: str
    proves: tuple[str, ...]
    problems: tuple[str, ...]
    passed: frozenset[tuple[str, str]] = frozenset()
    """(procedure key, what was passed of it: see `tasks.coverage`)."""
    seconds: float = 0.0


def instant_of(value: Any) -> datetime:
    """Return the aware instant of a date or date-time in local (Copenhagen) time; a date alone means 9
    o'clock."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time(9))
    else:
        text = str(value)
        moment = datetime.fromisoformat(text if "T" in text or " " in text else f"{text}T09:00")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=COPENHAGEN)


def item_has(item: Any, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a task's item has these values, by the last part of each path (»hvor«)."""
    for path, value in wanted.items():
        here = item
        for name in str(path).split(".")[-1:]:
            here = here.get(name) if isinstance(here, Mapping) else None
        if here != value:
            return False
    return True


def is_reason(error: Exception, wanted: Any) -> bool:
    """Tell whether an error is the reason a rehearsal names (»fordi«)."""
    if wanted is None:
        return True
    fields = dict(getattr(error, "fields", {}))
    if isinstance(wanted, Mapping):
        if "felt" not in wanted:
            return False
        return any(str(path).startswith(str(wanted["felt"])) for path in fields) and (
            "tekst" not in wanted or str(wanted["tekst"]).casefold() in " ".join(fields.values()).casefold()
        )
    kinds = {"adgang": "Denied Refused", "ikke åben": "NotOpen", "ikke aaben": "NotOpen"}
    if wanted in kinds:
        return type(error).__name__ in kinds[wanted]
    return str(wanted).casefold() in (words_of(error) + " " + " ".join(fields.values())).casefold()


def words_of(error: Exception) -> str:
    """Return an error in words, with what is wrong per field."""
    fields = dict(getattr(error, "fields", {}))
    return str(error) + (f" {fields}" if fields else "")
