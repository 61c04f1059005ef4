"""What service tasks do: the closed list of effects, performed in the transaction of the step that reached
them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import select

from engine.errors import EngineError
from engine.types import Effect
from records.tables import Case, CaseParty, Child, Instance, Person, RoleHolding, Submission
from tasks import documents, notices
from tasks.casefile import people_of
from tasks.children import move_instance, new_case, receiving_unit, set_case_role
from tasks.people import holders, valid_on
from tasks.people import today as local_day
from tasks.roles import roles_of

if TYPE_CHECKING:
    from tasks.outcome import Outcome

Parameters: TypeAlias = Mapping[str, Any]


def perform(outcome: "Outcome", instance: Instance, effect: Effect) -> None:
    """Do what a service task asked for. Raises EngineError, naming the element, when it cannot be done."""
    operator = OPERATORS.get(effect.operator)
    if operator is None:
        raise EngineError(f"Systemopgaven kender ikke »{effect.operator}«.", element_id=effect.element_id)
    try:
        operator(outcome, instance, effect.parameters)
    except EngineError as error:
        raise EngineError(str(error), element_id=effect.element_id) from error


def _open_case(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """opret_sag: a child and a case from the last submission of the step `fra` (ST-54)."""
    unit = outcome.unit
    answers = dict(_last_submission(outcome, instance, str(given["fra"])))
    if given.get("sagsart"):
        answers["sagsart"] = given["sagsart"]
    case, child = new_case(unit, answers, unit_id=receiving_unit(unit))
    _attach(outcome, instance, case, child)
    outcome.journal("sag_oprettet", f"Sag {case.number} oprettet", instance)


def _attach_case(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """knyt_sag: the instance belongs to an existing case from now on."""
    row = outcome.unit.session.execute(
        select(Case, Child)
        .join(Child, Child.id == Case.child_id)
        .where(Case.number == str(given["nummer"]).strip())
        .with_for_update(of=Case)
    ).one_or_none()
    if row is None:
        raise EngineError(f"Der er ingen sag med nummer {given['nummer']}.")
    case, child = row
    if case.status != "aaben":
        raise EngineError(f"Sag {case.number} er lukket. Genåbn den først.")
    _attach(outcome, instance, case, child)
    outcome.journal("knyttet", f"Forløbet er knyttet til sag {case.number}", instance)


def _attach(outcome: "Outcome", instance: Instance, case: Case, child: Child) -> None:
    move_instance(outcome.unit, instance, case)
    outcome.file.adopt(case, child, people_of(outcome.unit, case.id))
    outcome.gathered.move_to_case(instance.id, case.id)


def _set_caseworker(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """saet_raadgiver: exactly one rådgiver, active and holding the role (OS-03)."""
    unit, case = outcome.unit, _case(outcome)
    person_id = _person_id(given["person"])
    name = unit.session.scalar(
        select(Person.name)
        .join(RoleHolding, RoleHolding.person_id == Person.id)
        .where(
            Person.id == person_id,
            Person.active.is_(True),
            RoleHolding.role == "raadgiver",
            valid_on(local_day(unit)),
        )
        .limit(1)
    )
    if name is None:
        raise EngineError("Den valgte person er ikke en aktiv rådgiver.")
    set_case_role(unit, case, "raadgiver", person_id)
    outcome.file.people = people_of(unit, case.id)
    outcome.journal("raadgiver_sat", f"Rådgiver: {name}", instance)


def _person_id(value: Any) -> int:
    try:
        return int(value["id"] if isinstance(value, Mapping) else value)
    except (TypeError, ValueError, KeyError):
        raise EngineError("Der er ikke valgt nogen person.") from None


def _register_parties(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """registrer_parter: write rows of people as parties of the case (OS-08, OS-26)."""
    case = _case(outcome)
    rows = given.get("raekker") or []
    for row in rows if isinstance(rows, list) else []:
        name = str(row.get("navn") or "").strip() if isinstance(row, Mapping) else ""
        if not name:
            continue
        consent = row.get("samtykke")
        outcome.unit.session.add(
            CaseParty(
                case_id=case.id,
                kind=str(given["art"]),
                name=name,
                function=row.get("funktion"),
                organisation=row.get("organisation"),
                details=dict(row),
                consent=None if consent is None else consent in (True, "ja"),
                since=outcome.unit.now,
            )
        )


def _issue_document(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """udsted_dokument: a new version of the case's document of this kind (OS-27, OS-33)."""
    _case(outcome)
    content = given.get("indhold")
    if not isinstance(content, Mapping):
        raise EngineError("Dokumentet har intet indhold.")
    title = str(given.get("titel") or given["art"])
    version = documents.issue(
        outcome.unit, outcome.actor, outcome.file, str(given["art"]), title, dict(content), instance.id
    )
    outcome.journal("dokument", f"{title}, version {version}, udstedt", instance)


def _note(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """noter: a journal note (OS-11)."""
    outcome.journal("notat", str(given.get("tekst") or ""), instance)


def _advise(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """adviser: tell the holders of a role at once (ST-53). The text must hold nothing personal."""
    role = roles_of(outcome.unit).find(str(given["rolle"]))
    if role is None:
        raise EngineError(f"Rollen »{given['rolle']}« findes ikke.")
    person = outcome.file.people.get(role.key)
    people = [person.person_id] if person else [held[0] for held in holders(outcome.unit, role.key)]
    case = outcome.file.case
    notices.to_people(
        outcome.unit,
        "advis",
        sorted(set(people)),
        str(given.get("tekst") or ""),
        case_id=case.id if case else None,
        case_number=case.number if case else None,
    )


def _set_status(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """saet_status: the phase of the case, shown on its page."""
    outcome.file.write({"fase": str(given["status"])})
    outcome.journal("status", f"Status: {given['status']}", instance)


def _case(outcome: "Outcome") -> Case:
    if outcome.file.case is None:
        raise EngineError("Forløbet hører ikke til nogen sag endnu.")
    return outcome.file.case


def _last_submission(outcome: "Outcome", instance: Instance, element_id: str) -> Mapping[str, Any]:
    outcome.unit.session.flush()  # the submission may be the one of this very act
    row = outcome.unit.session.scalar(
        select(Submission)
        .where(Submission.instance_id == instance.id, Submission.element_id == element_id)
        .order_by(Submission.id.desc())
        .limit(1)
    )
    if row is None:
        raise EngineError(f"Skemaet i trinnet »{element_id}« er ikke udfyldt.")
    return row.answers


OPERATORS: Mapping[str, Callable[["Outcome", Instance, Parameters], None]] = {
    "opret_sag": _open_case,
    "knyt_sag": _attach_case,
    "saet_raadgiver": _set_caseworker,
    "registrer_parter": _register_parties,
    "udsted_dokument": _issue_document,
    "noter": _note,
    "adviser": _advise,
    "saet_status": _set_status,
}
"""Operator → what it does. `engine.profile.OPERATORS` describes the same list; a test holds them together."""
