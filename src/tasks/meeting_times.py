"""The times and places that a meeting has had, so that everybody can see what was moved and when."""

from collections.abc import Sequence

from sqlalchemy import func, select

from records.tables import Meeting, MeetingTime
from records.unit import Unit


def note_time(unit: Unit, meeting: Meeting) -> None:
    """Write down the time and place that hold from now on."""
    unit.session.flush()
    newest = unit.session.scalar(
        select(func.max(MeetingTime.number)).where(MeetingTime.meeting_id == meeting.id)
    )
    unit.session.add(
        MeetingTime(
            meeting_id=meeting.id,
            number=(newest or 0) + 1,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            place=meeting.place,
            link=meeting.link,
            since=unit.now,
        )
    )


def correct_time(unit: Unit, meeting: Meeting) -> None:
    """Correct the time and place that hold: nobody has been told of them yet."""
    unit.session.flush()
    newest = times_of(unit, meeting.id)[-1]
    newest.place, newest.link = meeting.place, meeting.link


def times_of(unit: Unit, meeting_id: int) -> Sequence[MeetingTime]:
    """Return every time that a meeting has had, the first first."""
    query = select(MeetingTime).where(MeetingTime.meeting_id == meeting_id).order_by(MeetingTime.number)
    return unit.session.scalars(query).all()
