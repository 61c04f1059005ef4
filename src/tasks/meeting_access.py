"""Who may see a meeting, which of its items, and who may change it (FF-11, FF-12, FF-21, FF-26).

Administration, the management group, the chairs and the internal participants of a whole meeting see the
agenda with its names. Everybody else (udfører, ad hoc parties, external professionals) sees the item they are
invited to and no other; a case's own people see their case's item.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from records.tables import CaseRole, Meeting, MeetingItem, MeetingParticipant
from records.unit import Unit
from tasks import access
from tasks.casefile import read_case_file
from tasks.errors import Refused
from tasks.meetings import WHOLE
from tasks.people import Actor
from tasks.roles import roles_of

ADMINISTRATION = ("adm", "ledergruppe")
"""Roles that keep the agendas: put cases on, order, move and cancel (FF-35, FF-36)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person has to do with one meeting."""

    whole: bool
    """Sees every item, with its names."""
    items: frozenset[int]
    """Ids of the items seen otherwise: one's own."""
    manages: bool
    """May change the meeting."""

    @property
    def sees(self) -> bool:
        """Tell whether the meeting is there for this person at all."""
        return self.whole or bool(self.items)


def scope_of(
    unit: Unit,
    actor: Actor,
    meeting: Meeting,
    items: Sequence[MeetingItem],
    participants: Sequence[MeetingParticipant],
) -> Scope:
    """Return what the actor may see and do of a meeting; `participants` are the meeting's and its items'."""
    if actor.person_id is None:
        return Scope(True, frozenset(), True)
    me = actor.person_id
    leads = me in (meeting.chair_id, meeting.minute_taker_id)
    if meeting.slot_minutes is None:
        return _of_own_meeting(unit, actor, meeting, participants, leads)
    catalogue = roles_of(unit)
    keeps = actor.holds(*ADMINISTRATION)
    takes_part = any(
        one.person_id == me
        and one.item_id is None
        and one.part == WHOLE
        and (role := catalogue.by_key.get(one.role)) is not None
        and role.internal
        for one in participants
    )
    runs_item = any(me in (item.chair_id, item.consultant_id) for item in items)
    invited = {one.item_id for one in participants if one.person_id == me and one.item_id is not None}
    mine = {item.id for item in items if item.id in invited} | _of_own_cases(unit, me, items)
    return Scope(keeps or leads or takes_part or runs_item, frozenset(mine), keeps or leads)


def _of_own_cases(unit: Unit, person_id: int, items: Sequence[MeetingItem]) -> set[int]:
    cases = {item.case_id for item in items if item.case_id is not None}
    if not cases:
        return set()
    query = select(CaseRole.case_id).where(
        CaseRole.case_id.in_(cases), CaseRole.person_id == person_id, CaseRole.until.is_(None)
    )
    own = set(unit.session.scalars(query))
    return {item.id for item in items if item.case_id in own}


def _of_own_meeting(
    unit: Unit, actor: Actor, meeting: Meeting, participants: Sequence[MeetingParticipant], leads: bool
) -> Scope:
    made = meeting.created_by_id == actor.person_id
    manages = leads or made
    relation = None
    if meeting.case_id is not None:
        file = read_case_file(unit, meeting.case_id)
        relation = access.relation(unit, actor, file)
        manages = manages or (relation is not None and access.in_charge(unit, actor, file, relation))
    takes_part = any(one.person_id == actor.person_id for one in participants)
    return Scope(manages or takes_part or relation is not None, frozenset(), manages)


def require_seen(scope: Scope, meeting: Meeting, item: MeetingItem | None = None) -> None:
    """Raise Denied for a stranger to the meeting; the refusal is logged on the case or the course."""
    if not scope.sees or (item is not None and not scope.whole and item.id not in scope.items):
        raise denied(meeting, item)


def denied(meeting: Meeting, item: MeetingItem | None = None) -> access.Denied:
    """Return the refusal of somebody who has nothing to do with a meeting, or with an item of it."""
    about: Meeting | MeetingItem = item if item is not None else meeting
    case_id = about.case_id
    instance_id = about.instance_id if case_id is None else None
    return access.Denied(case_id, instance_id, "moede", "Du er ikke inviteret til mødet.")


def require_manages(scope: Scope, meeting: Meeting) -> None:
    """Raise Refused unless the actor may change the meeting, Denied when it is not there for them."""
    require_seen(scope, meeting)
    if not scope.manages:
        raise Refused("Kun administrationen, ledergruppen og mødelederen kan ændre mødet.")
