"""Steps of rehearsals about consent: `samtykke` and `traek_samtykke`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from records.tables import Consent
from records.unit import Unit
from tasks.consent_page import WithdrawConsent, withdraw_consent
from tasks.consents import RegisterConsent
from tasks.errors import NotFound
from tasks.people import Actor


def consent_of(case_id: int, given: Mapping[str, Any]) -> RegisterConsent:
    """Return the command of a step `samtykke: {af, givet_af, omfang, modtagere, dato, udloeber}`."""
    recipients = given["modtagere"]
    return RegisterConsent(
        case_id,
        str(given.get("givet_af", "Familien")),
        str(given.get("omfang", "oplysninger om barnet")),
        recipients if isinstance(recipients, list) else [recipients],
        _day(given.get("dato")),
        _day(given.get("udloeber")),
    )


def withdraw_newest(unit: Unit, actor: Actor, command: tuple[int, str, str]) -> None:
    """Withdraw the newest consent of a case towards a recipient: (case, recipient, reason)."""
    case_id, recipient, reason = command
    rows = unit.session.scalars(
        select(Consent).where(Consent.case_id == case_id).order_by(Consent.id.desc())
    ).all()
    row = next((row for row in rows if recipient in row.recipients), None)
    if row is None:
        raise NotFound(f"Der er intet samtykke over for {recipient}.")
    withdraw_consent(unit, actor, WithdrawConsent(case_id, row.id, reason))


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)) if value is not None else None
