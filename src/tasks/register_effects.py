"""What service tasks write in the municipality's registers (engine/operators.py lists their parameters)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from engine.errors import EngineError
from records.tables import Instance
from tasks.course_marks import MarkCourse, mark_course
from tasks.registers import CLOSED, FACTS, HISTORY, OPEN, write_row

if TYPE_CHECKING:
    from tasks.outcome import Outcome

Parameters: TypeAlias = Mapping[str, Any]


def _write(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """skriv_register: what a course found out, in the register that others go by (ST-29, ST-130)."""
    register, key = str(given.get("register") or ""), str(given.get("noegle") or "").strip()
    if register not in FACTS:
        raise EngineError(f"Registret »{register}« findes ikke. Vælg et af: {', '.join(FACTS)}.")
    if not key or len(key) > 80:
        raise EngineError("Systemopgaven mangler nøglen på den række, der skal skrives.")
    content = given.get("indhold")
    if not isinstance(content, Mapping):
        raise EngineError("Systemopgaven mangler det, der skal skrives i registret.")
    status = given.get("status")
    if status is not None and status not in (OPEN, CLOSED, HISTORY):
        raise EngineError(f"En række kan ikke være »{status}«. Vælg: {OPEN}, {CLOSED} eller {HISTORY}.")
    title = given.get("titel")
    row = write_row(
        outcome.unit,
        outcome.actor,
        register,
        key,
        content,
        title=str(title) if title else None,
        status=status,
        instance_id=instance.id,
    )
    outcome.file.forget()
    outcome.journal("register", f"Skrevet i registret: {row.title}", instance)


def _mark(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """registrer_kursus: how far a person is with a course (ST-77, ST-81)."""
    person = given.get("person")
    person_id = person.get("id") if isinstance(person, Mapping) else person
    try:
        mark_course(
            outcome.unit,
            outcome.actor,
            MarkCourse(
                str(given["kursus"]),
                int(str(person_id)),
                None,
                _day(given.get("tilbudt")),
                _day(given.get("deltaget")),
                _day(given.get("evalueret")),
                _day(given.get("plan")),
            ),
        )
    except (KeyError, ValueError):
        raise EngineError("Kurset kan ikke registreres: personen eller en dato mangler.") from None


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


REGISTER_OPERATORS: Final[Mapping[str, Callable[["Outcome", Instance, Parameters], None]]] = {
    "skriv_register": _write,
    "registrer_kursus": _mark,
}
"""Operator → what it does; joined with the others in `effects.OPERATORS`."""
