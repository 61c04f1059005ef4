"""Consent on a case: registering it, withdrawing it, and what ends when it is withdrawn (SM-49, ST-16).

The rows are the record. What expressions read (`sag.samtykker`) is kept with the case's data, so that an act
needs no further statement; whether a consent holds is worked out on the day it is read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from records.tables import Consent, Instance, Receiver
from records.unit import Unit
from tasks.casefile import CaseFile
from tasks.consent_ends import end_access, end_links, folded
from tasks.consent_term import holds
from tasks.delivery import hand_over, write_message
from tasks.errors import Invalid
from tasks.people import today
from tasks.stopped_deliveries import stop_deliveries
from tasks.texts import REASON, required, written

if TYPE_CHECKING:
    from tasks.outcome import Outcome

WITHDRAWN = "samtykke_trukket"
"""The message that running procedures get when a consent is withdrawn."""

MOST_RECIPIENTS = 50


@dataclass(frozen=True, slots=True)
class RegisterConsent:
    """A consent given in a case. Dates are local days; `expires_on` is the last day it holds."""

    case_id: int
    given_by: str
    scope: str
    recipients: Sequence[str]
    given_on: date | None = None
    expires_on: date | None = None


def write_consent(outcome: "Outcome", instance: Instance | None, given: RegisterConsent) -> int:
    """Write a consent on the act's case, with a journal entry; return its id. Raises Invalid."""
    unit, file = outcome.unit, outcome.file
    assert file.case_id is not None
    by = required(given.given_by, "givet_af", "Skriv, hvem der har givet samtykket.")
    scope = required(given.scope, "omfang", "Skriv, hvilke oplysninger samtykket gælder.", REASON)
    recipients = [name for name in (written(one, "modtagere") for one in given.recipients) if name]
    if not recipients:
        raise Invalid(
            "Skriv, hvem oplysningerne må deles med.",
            {"modtagere": "Skriv mindst én modtager, en pr. linje."},
        )
    if len(recipients) > MOST_RECIPIENTS:
        raise Invalid("Der er for mange modtagere.", {"modtagere": f"Skriv højst {MOST_RECIPIENTS}."})
    given_on = given.given_on or today(unit)
    if given_on > today(unit):
        raise Invalid("Samtykket er givet senere end i dag.", {"dato": "Vælg i dag eller en tidligere dag."})
    if given.expires_on is not None and given.expires_on < given_on:
        raise Invalid("Samtykket udløber, før det er givet.", {"udloeber": "Vælg en senere dag."})
    row = Consent(
        case_id=file.case_id,
        given_by=by,
        scope=scope,
        recipients=recipients,
        given_on=given_on,
        expires_on=given.expires_on,
        registered_at=unit.now,
        registered_by_id=outcome.actor.person_id,
        instance_id=instance.id if instance is not None else None,
    )
    unit.session.add(row)
    unit.session.flush()
    _keep(file, [*kept(file), _kept_row(row)])
    until = f", til og med {_date(given.expires_on)}" if given.expires_on else ""
    outcome.journal(
        "samtykke",
        f"Samtykke fra {by} den {_date(given_on)} til at dele {scope} med {_listed(recipients)}{until}",
        instance,
    )
    return row.id


def withdraw(
    outcome: "Outcome", rows: Sequence[Consent], reason: str, instance: Instance | None = None
) -> None:
    """Withdraw consents of the act's case: what was shared by them ends, and procedures that wait for it get
    the message `samtykke_trukket`."""
    unit, file = outcome.unit, outcome.file
    if not rows:
        return
    ids = {row.id for row in rows}
    for row in rows:
        row.withdrawn_at = unit.now
        row.withdrawn_by_id = outcome.actor.person_id
        row.withdraw_reason = reason
        outcome.journal(
            "samtykke",
            f"Samtykket fra {row.given_by} over for {_listed(row.recipients)} er trukket tilbage: {reason}",
            instance,
        )
    unit.session.flush()
    gone = {"trukket": True, "trukket_den": today(unit).isoformat()}
    _keep(file, [{**one, **gone} if one["id"] in ids else one for one in kept(file)])
    ended = _without_consent(unit, file, [name for row in rows for name in row.recipients])
    end_links(unit, file, ended)
    end_access(unit, file, ended)
    stop_deliveries(unit, file, ended)
    payload = {
        "modtagere": [name for row in rows for name in row.recipients],
        "dato": today(unit).isoformat(),
    }
    outcome.later(lambda: _tell(outcome, payload))


def consents_of(unit: Unit, case_id: int) -> Sequence[Consent]:
    """Return the consents of a case that are not withdrawn, oldest first."""
    query = select(Consent).where(Consent.case_id == case_id, Consent.withdrawn_at.is_(None))
    return unit.session.scalars(query.order_by(Consent.id)).all()


# -- what expressions and gates read -------------------------------------------------------------------------


def kept(file: CaseFile) -> list[dict[str, Any]]:
    """Return what is kept of the case's consents with its data, oldest first."""
    return list(file.case.data.get("samtykker", [])) if file.case is not None else []


def missing(file: CaseFile, names: Iterable[str], day: date) -> list[str]:
    """Return those of the recipients for whom no consent of the case holds on a local day."""
    held = {folded(name) for one in kept(file) if holds(one, day) for name in one["modtagere"]}
    return [name for name in names if folded(name) not in held]


def lost(file: CaseFile, names: Iterable[str], day: date) -> bool:
    """Tell whether consent was once given towards one of these names, and none of it holds any longer."""
    wanted = {folded(name) for name in names}
    about = [one for one in kept(file) if wanted & {folded(name) for name in one["modtagere"]}]
    return bool(about) and not any(holds(one, day) for one in about)


def _kept_row(row: Consent) -> dict[str, Any]:
    return {
        "id": row.id,
        "givet_af": row.given_by,
        "omfang": row.scope,
        "modtagere": list(row.recipients),
        "dato": row.given_on.isoformat(),
        "udloeber": row.expires_on.isoformat() if row.expires_on else None,
        "trukket": False,
    }


def _keep(file: CaseFile, rows: list[dict[str, Any]]) -> None:
    file.write({"samtykker": rows})


# -- what ends -----------------------------------------------------------------------------------------------


def _without_consent(unit: Unit, file: CaseFile, names: Sequence[str]) -> list[str]:
    return missing(file, dict.fromkeys(names), today(unit))


def _tell(outcome: "Outcome", payload: dict[str, Any]) -> None:
    """Give every place that waits for it the message; nobody waiting is no trouble, and nothing is kept."""
    unit, case_id = outcome.unit, outcome.file.case_id
    query = (
        select(Receiver)
        .join(Instance, Instance.id == Receiver.instance_id)
        .where(Receiver.case_id == case_id, Receiver.name == WITHDRAWN, Instance.status == "igang")
        .order_by(Receiver.id)
    )
    for place in unit.session.scalars(query).all():
        # An earlier one may have ended the course that this one waits in.
        if unit.session.scalar(select(Receiver.id).where(Receiver.id == place.id)) is not None:
            hand_over(outcome, write_message(outcome, None, WITHDRAWN, place.key, payload, None), place)
            outcome.gathered.write()


def _date(day: date) -> str:
    return day.strftime("%d-%m-%Y")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" og {names[-1]}" if len(names) > 1 else "".join(names)
