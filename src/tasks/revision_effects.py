"""What service tasks do with the draft of a procedure: send it into hearing, note its approval, publish it.

A procedure without a draft here is revised by other means (a guide, or files that are published from the
command line); then these do nothing.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import select

from engine.errors import EngineError
from records.tables import Instance, Task
from tasks import moves, revisions
from tasks.errors import Invalid

if TYPE_CHECKING:
    from tasks.outcome import Outcome

Parameters: TypeAlias = Mapping[str, Any]


def _key(given: Parameters) -> str:
    key = str(given.get("procedure") or "").strip()
    if not key:
        raise EngineError("Systemopgaven mangler »procedure«.")
    return key


def _send(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """send_udkast: the procedure's draft goes into hearing, when its check is without errors (FF-46)."""
    draft = revisions.send_draft(outcome.unit, outcome.actor, _key(given))
    if draft is not None:
        outcome.journal("udkast", f"Udkastet til {draft.key} er sendt i høring", instance)


def _approve(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """godkend_udkast: whoever did the step `trin` since the hearing began approved the draft (ST-22)."""
    unit, key = outcome.unit, _key(given)
    draft = revisions.open_draft(unit, key)
    if draft is None:
        return
    people = set(
        unit.session.scalars(
            select(Task.completed_by_id).where(
                Task.instance_id == instance.id,
                Task.element_id == str(given.get("trin") or ""),
                Task.status == "udfoert",
                Task.completed_at >= (draft.sent_at or unit.now),
            )
        )
    )
    revisions.approve_draft(unit, key, [one for one in people if one is not None])
    outcome.journal("udkast", f"Udkastet til {key} er godkendt", instance)


def _publish(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """udgiv_udkast: the approved draft becomes the next version; running courses may be moved to it when it
    is valid (FF-01, FF-46)."""
    unit, key = outcome.unit, _key(given)
    draft = revisions.open_draft(unit, key, lock=True)
    if draft is None:
        return
    if draft.status != revisions.APPROVED:
        raise Invalid("Udkastet er ikke godkendt, som det er nu. Send det i høring og til godkendelse igen.")
    number = revisions.make_valid(
        unit, outcome.actor, draft, _day(given), str(given.get("aendringsnote") or "")
    )
    wanted = given.get("version")
    if wanted is not None and int(wanted) != number:
        raise Invalid(f"Den nye version er nummer {number}.", {"version": f"Skriv {number}."})
    text = f"{draft.key} version {number} er udgivet"
    if str(given.get("flyt") or "nej") == "ja":
        count = moves.move_later(unit, draft.version_id or 0)
        text += f"; {count} igangværende forløb flyttes, når den gælder"
    outcome.journal("udkast", text, instance)


def _day(given: Parameters) -> date:
    try:
        return date.fromisoformat(str(given.get("gyldig_fra"))[:10])
    except ValueError:
        raise EngineError("Systemopgaven mangler den dag, versionen gælder fra.") from None


REVISION_OPERATORS: Final[Mapping[str, Callable[["Outcome", Instance, Parameters], None]]] = {
    "send_udkast": _send,
    "godkend_udkast": _approve,
    "udgiv_udkast": _publish,
}
"""Operator → what it does; joined with the others in `effects.OPERATORS`."""
