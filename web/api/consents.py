"""Consents of a case, and the links of its guests, over the API."""

from __future__ import annotations

from flask import Response

from tasks import consent_page, guests
from tasks.consent_page import WithdrawConsent
from tasks.consents import RegisterConsent
from tasks.guests import InviteGuest, NewLink, RevokeGuest
from web.api.ids import number_of, text_of
from web.api.models import Done
from web.api.models import consents as models
from web.api.routes import app, caller, operation
from web.api.writing import write

_NAMES = {
    "givet_af": "given_by",
    "omfang": "scope",
    "modtagere": "recipients",
    "dato": "given_on",
    "udloeber": "expires_on",
    "begrundelse": "reason",
}


@operation(
    "GET", "/cases/{case_id}/consents", summary="Consents of a case", out=models.ConsentRows, errors=(403,)
)
def list_consents(case_id: int) -> models.ConsentRows:
    """Return the consents of a case, newest first, with those that were withdrawn."""
    found = app().run(consent_page.read_consents, caller(), case_id)
    return models.ConsentRows(
        items=[
            models.ConsentRow(
                id=str(line.id),
                given_by=line.given_by,
                scope=line.scope,
                recipients=list(line.recipients),
                given_on=line.given_on,
                expires_on=line.expires_on,
                holds=line.holds,
                registered_at=line.registered_at,
                registered_by=line.registered_by,
                withdrawn_at=line.withdrawn_at,
                withdrawn_by=line.withdrawn_by,
                withdraw_reason=line.withdraw_reason,
            )
            for line in found.lines
        ]
    )


@operation(
    "POST",
    "/cases/{case_id}/consents",
    summary="Register a consent",
    body=models.NewConsent,
    out=models.ConsentRef,
    errors=(403, 409),
    names=_NAMES,
)
def register_consent(case_id: int, body: models.NewConsent) -> Response:
    """Register a consent. Steps that send something out on the ground of consent read it at once."""
    command = RegisterConsent(
        case_id, body.given_by, body.scope, tuple(body.recipients), body.given_on, body.expires_on
    )
    return write(
        consent_page.register_consent, command, lambda consent_id: models.ConsentRef(id=str(consent_id))
    )


@operation(
    "POST",
    "/cases/{case_id}/consents/{consent_id}/withdraw",
    summary="Withdraw a consent",
    body=models.Withdrawal,
    out=Done,
    errors=(403, 409),
    names=_NAMES,
)
def withdraw_consent(case_id: int, consent_id: int, body: models.Withdrawal) -> Response:
    """Withdraw a consent: outsiders' access ends, and procedures that wait for it are told."""
    command = WithdrawConsent(case_id, consent_id, body.reason)
    return write(consent_page.withdraw_consent, command, lambda _: Done())


@operation(
    "GET",
    "/cases/{case_id}/guests",
    summary="The family's places at meetings",
    out=models.GuestRows,
    errors=(403,),
)
def list_guests(case_id: int) -> models.GuestRows:
    """Return those of the family who are invited to the case's items, with the newest link of each."""
    rows = app().read(guests.list_guests, caller(), case_id)
    return models.GuestRows(
        items=[
            models.GuestRow(
                participant=str(row.participant_id),
                name=row.name,
                meeting=row.meeting,
                starts_at=row.starts_at,
                link=text_of(row.link_id),
                expires_at=row.expires_at,
                ended=row.ended or None,
                last_seen_at=row.last_seen_at,
            )
            for row in rows
        ]
    )


@operation(
    "POST",
    "/cases/{case_id}/guests",
    summary="Make a link for a guest",
    body=models.NewGuest,
    out=models.GuestLinkMade,
    errors=(403, 409),
    names={"deltager": "participant"},
)
def invite_guest(case_id: int, body: models.NewGuest) -> Response:
    """Make a link to the family's own part of an item. The token is given this once."""

    def made(link: NewLink) -> models.GuestLinkMade:
        return models.GuestLinkMade(id=str(link.id), path=f"/gaest/{link.token}", expires_at=link.expires_at)

    return write(guests.invite_guest, InviteGuest(case_id, number_of(body.participant)), made)


@operation(
    "POST",
    "/cases/{case_id}/guests/{link_id}/revoke",
    summary="End a guest's link",
    out=Done,
    errors=(403, 409),
)
def revoke_guest(case_id: int, link_id: int) -> Response:
    """End a link at once."""
    return write(guests.revoke_guest, RevokeGuest(case_id, link_id), lambda _: Done())
