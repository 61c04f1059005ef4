"""Who may see a case, and in what relation (processes.md 1.3). Nobody does by default; every view is
logged."""

from collections.abc import Iterable, Mapping

from sqlalchemy import or_, select

from records.tables import AccessEntry, Task
from records.unit import Unit
from tasks.casefile import CaseFile
from tasks.errors import Refused
from tasks.people import Actor, is_external, unit_and_above, unit_of_recipient
from tasks.roles import CASEWORKER, LEADERS
from tasks.routing import CasePerson

NO_RELATION = "ingen"
STAND_IN = "stedfortraeder"
STRANGER = (
    "Du har ikke adgang til sagen. "
    "Adgang følger af en rolle i sagen, en åben opgave eller ledelse af enheden."
)


class Denied(Refused):
    """A refusal that the app logs after the act has been rolled back: which case or course, and doing
    what."""

    def __init__(
        self, case_id: int | None, instance_id: int | None, what: str, message: str = STRANGER
    ) -> None:
        """Refuse access to a case, or to a course without a case."""
        super().__init__(message)
        self.case_id = case_id
        self.instance_id = instance_id
        self.what = what


def relation(unit: Unit, actor: Actor, file: CaseFile) -> str | None:
    """Return the actor's relation to the case: a case role, `leder`, `stedfortraeder` (on the days of the
    leave of one of its people), `opgave` or `system`; None for a stranger.

    Cheapest first: the case's people are already read; leading a unit and having an open task cost a
    statement each.
    """
    if actor.person_id is None:
        return "system"
    if is_external(unit, actor):
        return None  # a limited account sees its own tasks, and never the case (SM-30)
    for role, person in file.people.items():
        if person.person_id == actor.person_id:
            return role
    if leads(unit, actor, file.unit_id):
        return "leder"
    if stands_in_for(actor, file.people):
        return STAND_IN
    if file.case_id is not None and _has_task(unit, actor, file.case_id):
        return "opgave"
    return None


def stands_in_for(actor: Actor, people: Mapping[str, CasePerson]) -> dict[str, CasePerson]:
    """Return, by role, those of a case's people whom the actor stands in for today: the actor was registered
    for their leave and holds the same role."""
    if actor.person_id is None:
        return {}
    return {
        role: person
        for role, person in people.items()
        if person.away and person.substitute_id == actor.person_id and actor.holds(role)
    }


def leads(unit: Unit, actor: Actor, unit_id: int | None) -> bool:
    """Tell whether the actor leads this unit or one above it."""
    led = {held.unit_id for held in actor.holdings if held.role in LEADERS}
    return None in led or bool(led and led & set(unit_and_above(unit, unit_id)))


def _has_task(unit: Unit, actor: Actor, case_id: int) -> bool:
    mine = Task.assignee_id == actor.person_id
    if actor.groups:
        mine = or_(mine, Task.assignee_id.is_(None) & Task.group_id.in_(actor.groups))
    query = select(Task.id).where(Task.case_id == case_id, Task.status == "aaben", mine).limit(1)
    return unit.session.scalar(query) is not None


def require(unit: Unit, actor: Actor, file: CaseFile, what: str) -> str:
    """Return the actor's relation to the case. Raises Denied, which the app logs after rolling back."""
    found = relation(unit, actor, file)
    if found is None:
        raise Denied(file.case_id, None, what)
    return found


def course_relation(unit: Unit, actor: Actor, instance_id: int) -> str | None:
    """Return the actor's relation to a course that has no case: `opgave` for whoever may do one of its open
    tasks, `leder` for their leader, else None."""
    if actor.person_id is None:
        return "system"
    recipients = unit.session.execute(
        select(Task.assignee_id, Task.group_id).where(
            Task.instance_id == instance_id, Task.case_id.is_(None), Task.status == "aaben"
        )
    ).all()
    for assignee_id, group_id in recipients:
        if assignee_id == actor.person_id or (assignee_id is None and group_id in actor.groups):
            return "opgave"
    if actor.holds(*LEADERS):
        for assignee_id, group_id in recipients:
            if leads(unit, actor, unit_of_recipient(unit, assignee_id, group_id)):
                return "leder"
    return None


def require_course(unit: Unit, actor: Actor, instance_id: int, what: str) -> str:
    """Return the actor's relation to a course that has no case. Raises Denied."""
    found = course_relation(unit, actor, instance_id)
    if found is None:
        raise Denied(None, instance_id, what)
    return found


def in_charge(unit: Unit, actor: Actor, file: CaseFile, found: str) -> bool:
    """Tell whether the actor, in the relation `require` found, decides in the case: its rådgiver, who stands
    in for them, and whoever leads its unit, also when they have another part in it too."""
    return (
        found in (CASEWORKER, "leder", "system")
        or CASEWORKER in stands_in_for(actor, file.people)
        or leads(unit, actor, file.unit_id)
    )


def log_view(
    unit: Unit, actor: Actor, case_id: int | None, found: str, what: str, instance_id: int | None = None
) -> None:
    """Note that the actor saw a case, or a course that has none, in which relation."""
    _add(unit, actor, case_id, instance_id, found, what, refused=False)


def log_views(unit: Unit, actor: Actor, case_ids: Iterable[int], found: str, what: str) -> None:
    """Note that the actor saw these cases on one page; one statement."""
    if actor.person_id is None:
        return
    unit.insert_many(
        AccessEntry,
        [
            {
                "case_id": case_id,
                "instance_id": None,
                "person_id": actor.person_id,
                "at": unit.now,
                "relation": found,
                "what": what,
                "refused": False,
            }
            for case_id in case_ids
        ],
    )


def log_refusal(unit: Unit, actor: Actor, denied: Denied) -> None:
    """Note that the actor was refused; called in a transaction of its own, after the refused act was rolled
    back."""
    _add(unit, actor, denied.case_id, denied.instance_id, NO_RELATION, denied.what, refused=True)


def _add(
    unit: Unit,
    actor: Actor,
    case_id: int | None,
    instance_id: int | None,
    found: str,
    what: str,
    *,
    refused: bool,
) -> None:
    if actor.person_id is None:
        return
    unit.insert_many(
        AccessEntry,
        [
            {
                "case_id": case_id,
                "instance_id": instance_id,
                "person_id": actor.person_id,
                "at": unit.now,
                "relation": found,
                "what": what,
                "refused": refused,
            }
        ],
    )
