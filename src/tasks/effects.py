"""What service tasks do: the closed list of effects, performed in the transaction of the step that reached
them.

What is wrong with the procedure is an EngineError, what is wrong with somebody's answers is Invalid.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import select

from engine.errors import EngineError
from engine.types import Effect
from records.tables import Case, CaseParty, Child, Instance, Person, RoleHolding, Submission
from tasks import incidents, notices
from tasks.casefile import CaseFile, people_of
from tasks.caseroles import set_case_role
from tasks.children import move_to_case, new_case, receiving_unit
from tasks.consents import RegisterConsent, consents_of, missing, withdraw, write_consent
from tasks.document_effects import hand_out_document, issue_document
from tasks.errors import Invalid
from tasks.figurefacts import note_figures
from tasks.meeting_effects import MEETING_OPERATORS
from tasks.meeting_heirs import pass_on, placed_by
from tasks.people import group_members, unit_of_recipient, valid_on
from tasks.people import today as local_day
from tasks.register_effects import REGISTER_OPERATORS
from tasks.revision_effects import REVISION_OPERATORS
from tasks.roles import CASEWORKER
from tasks.routing import Unresolved, recipient_of

if TYPE_CHECKING:
    from tasks.outcome import Outcome

Parameters: TypeAlias = Mapping[str, Any]

STARTER = "starter"
"""`enhed` of opret_sag: the case is the unit's of whoever began the course, e.g. a school's own (SM-20)."""

CONSENT_OF_PARTIES = "oplysninger, der er nødvendige for samarbejdet"
"""What a consent noted beside a party is to."""

_CPR = re.compile(r"\b\d{6}-?\d{4}\b")


def perform(outcome: "Outcome", instance: Instance, effect: Effect) -> None:
    """Do what a service task asked for.

    Raises EngineError, naming the element, when it cannot be done, and Invalid when an answer is in the way.
    """
    operator = OPERATORS.get(effect.operator)
    if operator is None:
        raise EngineError(f"Systemopgaven kender ikke »{effect.operator}«.", element_id=effect.element_id)
    try:
        operator(outcome, instance, effect.parameters)
    except EngineError as error:
        raise EngineError(str(error), element_id=effect.element_id) from error


def _given(given: Parameters, name: str) -> str:
    """Return a parameter that must be there, as text."""
    value = given.get(name)
    if value is None or not str(value).strip():
        raise EngineError(f"Systemopgaven mangler »{name}«.")
    return str(value).strip()


def _open_case(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """opret_sag: a child and a case from the last submission of the step `fra` (ST-54)."""
    _require_no_case(instance)
    unit = outcome.unit
    answers = dict(_last_submission(outcome, instance, _given(given, "fra")))
    if given.get("sagsart"):
        answers["sagsart"] = given["sagsart"]
    own = unit_of_recipient(unit, instance.started_by_id, None) if given.get("enhed") == STARTER else None
    made = new_case(unit, answers, unit_id=own if own is not None else receiving_unit(unit))
    _attach(outcome, instance, made.case, made.child)
    outcome.journal("sag_oprettet", f"Sag {made.case.number} oprettet", instance)
    if made.remark is not None:
        outcome.journal("notat", made.remark, instance)


def _attach_case(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """knyt_sag: the instance belongs to an existing case from now on."""
    _require_no_case(instance)
    number = _given(given, "nummer")
    row = outcome.unit.session.execute(
        select(Case, Child)
        .join(Child, Child.id == Case.child_id)
        .where(Case.number == number)
        .with_for_update(of=Case)
    ).one_or_none()
    if row is None:
        raise Invalid(f"Der er ingen sag med nummer {number}. Kontrollér sagsnummeret.")
    case, child = row
    if case.status != "aaben":
        raise Invalid(f"Sag {case.number} er lukket. Den skal genåbnes, før noget kan knyttes til den.")
    _attach(outcome, instance, case, child)
    outcome.journal("knyttet", f"Forløbet er knyttet til sag {case.number}", instance)


def _require_no_case(instance: Instance) -> None:
    if instance.case_id is not None:
        raise EngineError("Forløbet hører allerede til en sag.")


def _attach(outcome: "Outcome", instance: Instance, case: Case, child: Child) -> None:
    moved = move_to_case(outcome.unit, instance, case)
    outcome.file.adopt(case, child, people_of(outcome.unit, case.id))
    for instance_id in moved:
        outcome.gathered.move_to_case(instance_id, case.id)


def _set_caseworker(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """saet_raadgiver: exactly one rådgiver, active and holding the role (OS-03)."""
    unit, case = outcome.unit, _case(outcome)
    person_id = _person_id(given.get("person"))
    name = unit.session.scalar(
        select(Person.name)
        .join(RoleHolding, RoleHolding.person_id == Person.id)
        .where(
            Person.id == person_id,
            Person.active.is_(True),
            RoleHolding.role == CASEWORKER,
            valid_on(local_day(unit)),
        )
        .limit(1)
    )
    if name is None:
        raise EngineError("Den valgte person er ikke en aktiv rådgiver.")
    at_meetings = placed_by(unit, outcome.file)
    taken_along = set_case_role(unit, case, CASEWORKER, person_id)
    outcome.file.know_people()
    outcome.journal("raadgiver_sat", f"Rådgiver: {name}", instance)
    pass_on(outcome, at_meetings)
    if taken_along and person_id != outcome.actor.person_id:
        notices.new_caseworker(unit, case, person_id, len(taken_along))


def _person_id(value: Any) -> int:
    try:
        return int(value["id"] if isinstance(value, Mapping) else value)
    except (TypeError, ValueError, KeyError):
        raise EngineError("Der er ikke valgt nogen person.") from None


def _register_parties(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """registrer_parter: write rows of people as parties of the case (OS-08, OS-26).

    Somebody who is there already, by kind and name, is not written twice: what is new about them replaces
    what was known.
    """
    case, session = _case(outcome), outcome.unit.session
    kind = _given(given, "art")
    rows = given.get("raekker") or []
    consented: list[str] = []
    known = {
        party.name.casefold(): party
        for party in session.scalars(
            select(CaseParty).where(CaseParty.case_id == case.id, CaseParty.kind == kind)
        )
    }
    for row in rows if isinstance(rows, list) else []:
        name = str(row.get("navn") or "").strip() if isinstance(row, Mapping) else ""
        if not name:
            continue
        party = known.get(name.casefold())
        if party is None:
            party = known[name.casefold()] = CaseParty(
                case_id=case.id, kind=kind, name=name, details={}, since=outcome.unit.now
            )
            session.add(party)
        consent = row.get("samtykke")
        party.function = _short(row.get("funktion")) or party.function
        party.organisation = _short(row.get("organisation")) or party.organisation
        party.details = {**party.details, **row}
        if consent is not None:
            party.consent = consent in (True, "ja")
            if party.consent:
                consented.append(name)
    # Whom the family lets know is a consent like any other: it can expire, and be withdrawn.
    outcome.unit.session.flush()
    lacking = missing(outcome.file, consented, local_day(outcome.unit))
    if lacking:
        by = str(given.get("samtykke_fra") or "Familien")
        write_consent(outcome, instance, RegisterConsent(case.id, by, CONSENT_OF_PARTIES, lacking))


def _short(value: Any) -> str | None:
    return str(value).strip()[:200] or None if value is not None else None


def _note(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """noter: a journal note (OS-11)."""
    text = str(given.get("tekst") or "").strip()
    if text:
        outcome.journal("notat", text, instance)


def _advise(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """adviser: tell whoever a task of the role would go to, at once (ST-53). Nothing personal is told."""
    advise(outcome, instance, _given(given, "rolle"), str(given.get("tekst") or "").strip())


def advise(outcome: "Outcome", instance: Instance, role: str, text: str) -> None:
    """Tell whoever a task of the role would go to; without anybody there is an incident."""
    file = outcome.file
    found = recipient_of(outcome.unit, role, file.people, file.unit_id)
    text = _impersonal(text, file)
    if isinstance(found, Unresolved):
        incidents.open_incident(
            outcome.unit,
            incidents.NO_RECIPIENT,
            f"En besked har ingen modtager. {found.text} Ret rollen, og giv selv besked videre: {text}",
            {"gentag": "ingen"},
            case_id=file.case_id,
            instance_id=instance.id,
            version_id=instance.version_id,
        )
        return
    if found.assignee_id is not None:
        people = [found.assignee_id]
    else:
        people = group_members(outcome.unit, found.group_id or 0)
    notices.to_people(
        outcome.unit,
        "advis",
        sorted(set(people)),
        text,
        case_id=file.case_id,
        case_number=file.case.number if file.case else None,
    )


def _impersonal(text: str, file: CaseFile) -> str:
    """Leave out the child's name and anything that looks like a personal number."""
    text = _CPR.sub("…", text)
    if file.child is not None:
        words = sorted({file.child.name, *file.child.name.split()}, key=len, reverse=True)
        for word in words:
            if len(word) > 2:
                text = re.sub(rf"\b{re.escape(word)}\b", "barnet", text, flags=re.IGNORECASE)
    return text


def _set_status(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """saet_status: the phase of the case, shown on its page."""
    status = _given(given, "status")
    outcome.file.write({"fase": status})
    outcome.journal("status", f"Status: {status}", instance)


def _note_figure(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """noter_tal: something that counts in a figure (P19)."""
    parts = {name: value for name, value in given.items() if name != "art"}
    note_figures(outcome.unit, outcome.actor, outcome.file, instance, [(_given(given, "art"), parts)])


def _register_consent(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """registrer_samtykke: a consent on the case (SM-49). No recipients: nothing is consented to."""
    case = _case(outcome)
    recipients = _texts(given.get("modtagere"))
    if recipients:
        command = RegisterConsent(
            case.id,
            _given(given, "givet_af"),
            _given(given, "omfang"),
            recipients,
            _day(given.get("dato")),
            _day(given.get("udloeber")),
        )
        write_consent(outcome, instance, command)


def _withdraw_consent(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """traek_samtykke: the case's consents, or only those given by or towards somebody, are withdrawn."""
    by = {name.casefold() for name in _texts(given.get("givet_af"))}
    towards = {name.casefold() for name in _texts(given.get("modtagere"))}
    rows = [
        row
        for row in consents_of(outcome.unit, _case(outcome).id)
        if (not by or row.given_by.casefold() in by)
        and (not towards or towards & {name.casefold() for name in row.recipients})
    ]
    withdraw(outcome, rows, str(given.get("begrundelse") or "").strip() or "Se forløbet", instance)


def _texts(value: Any) -> list[str]:
    """Return the texts of a parameter that is one, or a list of them or of rows with `navn`."""
    rows = value if isinstance(value, list) else [value]
    texts = [row.get("navn") if isinstance(row, Mapping) else row for row in rows]
    return [str(text).strip() for text in texts if text is not None and str(text).strip()]


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        raise EngineError(f"»{value}« er ikke en dato.") from None


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
    "udsted_dokument": issue_document,
    "udlever_dokument": hand_out_document,
    "noter": _note,
    "adviser": _advise,
    "saet_status": _set_status,
    **MEETING_OPERATORS,
    **REGISTER_OPERATORS,
    **REVISION_OPERATORS,
    "noter_tal": _note_figure,
    "registrer_samtykke": _register_consent,
    "traek_samtykke": _withdraw_consent,
}
"""Operator → what it does. `engine.operators.OPERATORS` describes the same list; a test holds them
together."""
