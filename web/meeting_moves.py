"""Moving and cancelling a meeting: what follows is told before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import meeting_acts as acts
from tasks.errors import Invalid, NotOpen, Stale
from tasks.meeting_calendar import Calendar, ReadCalendar, read_calendar
from tasks.meeting_sheet import MeetingSheet
from tasks.meetings import kind_name
from web import current, dates, meeting_rows
from web.asked import number
from web.errors import status_of
from web.pages import meetings as shown
from web.words import gettext, ngettext

pages = Blueprint("meeting_moves", __name__)


@pages.get("/moeder/<int:meeting_id>/flyt")
def move_form(meeting_id: int) -> ResponseReturnValue:
    """Show the form that moves a meeting."""
    sheet = meeting_rows.read(meeting_id)
    line = sheet.agenda.meeting
    start, end = (moment.astimezone(current.COPENHAGEN) for moment in (line.starts_at, line.ends_at))
    values = {
        "dato": start.date().isoformat(),
        "start": f"{start:%H:%M}",
        "slut": f"{end:%H:%M}",
        "sted": line.place or "",
        "link": line.link or "",
    }
    return _change_page("move", sheet, values, {}, (), ())


@pages.post("/moeder/<int:meeting_id>/flyt")
def move(meeting_id: int) -> ResponseReturnValue:
    """Tell what moving the meeting means; then move it."""
    values = {name: request.form.get(name, "").strip() for name in ("dato", "start", "slut", "sted", "link")}
    sheet = meeting_rows.read(meeting_id)
    if not sheet.agenda.may_change:
        # The use case says who may, and that it is too late.
        current.app.run(acts.move_meeting, current.visitor.actor, acts.MoveMeeting(meeting_id))
    try:
        start, end = _times(values)
    except Invalid as error:
        return _change_page("move", sheet, values, error.fields, (), (), status=422)
    if "bekraeft" not in request.form:
        calendar = current.app.read(
            read_calendar, current.visitor.actor, ReadCalendar(start.date(), start.date(), "alle")
        )
        taken = _taken(sheet, calendar)
        if taken:
            return _change_page("move", sheet, values, {"dato": taken}, (), (), status=422)
        consequences, warnings = _of_moving(sheet, start, end, calendar)
        return _change_page("move", sheet, values, {}, consequences, warnings, asked=True)
    command = acts.MoveMeeting(
        meeting_id, start, end, values["sted"], values["link"], number(request.form.get("rev"))
    )
    try:
        current.app.run(acts.move_meeting, current.visitor.actor, command)
    except (Invalid, Stale, NotOpen) as error:
        again = meeting_rows.read(meeting_id)
        said = () if error.fields else (error.message,)
        return _change_page("move", again, values, error.fields, (), said, status=status_of(error))
    flash(gettext("Mødet er ændret, og de inviterede får besked."), "success")
    return redirect(f"/moeder/{meeting_id}")


def _times(values: Mapping[str, str]) -> tuple[datetime, datetime]:
    errors: dict[str, str] = {}
    day = dates.read_day(values["dato"])
    if day is None:
        errors["dato"] = gettext("Vælg en dato.")
    found: list[datetime] = []
    for name in ("start", "slut"):
        moment = dates.read_moment(f"{day.day}.{day.month}.{day.year} {values[name]}") if day else None
        if moment is None and day is not None:
            errors[name] = gettext("Skriv et klokkeslæt, fx 8.30.")
        elif moment is not None:
            found.append(moment)
    if not errors and found[1] <= found[0]:
        errors["slut"] = gettext("Mødet skal slutte, efter det er begyndt.")
    if errors:
        raise Invalid(gettext("Tiden kan ikke læses."), errors)
    return found[0], found[1]


def _taken(sheet: MeetingSheet, day: Calendar) -> str:
    """Return what is said when the day has a meeting of the kind already; empty when it has none."""
    line = sheet.agenda.meeting
    same = [
        one for one in day.lines if one.id != line.id and one.kind == line.kind and one.status != "aflyst"
    ]
    if not (same and line.slots):
        return ""
    return gettext(
        "%(kind)s har allerede et møde %(day)s. Vælg en anden dag, eller flyt sagerne dertil én for én.",
        kind=kind_name(line.kind),
        day=dates.day(same[0].on_date),
    )


def _of_moving(
    sheet: MeetingSheet, start: datetime, end: datetime, calendar: Calendar
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    line = sheet.agenda.meeting
    told: list[str] = []
    warnings: list[str] = []
    if (start, end) == (line.starts_at, line.ends_at):
        told.append(gettext("Tiden er den samme; sted og link rettes i indkaldelsen."))
    elif start == line.starts_at:
        told.append(
            gettext(
                "Mødet slutter kl. %(after)s i stedet for kl. %(before)s.",
                before=dates.clock(line.ends_at),
                after=dates.clock(end),
            )
        )
    else:
        told.append(
            gettext(
                "Mødet flyttes fra %(before)s til %(after)s.",
                before=dates.moment(line.starts_at),
                after=dates.moment(start),
            )
        )
    on = [item for item in sheet.agenda.items if item.starts_at is not None]
    if on:
        length = (line.ends_at - line.starts_at) / line.slots if line.slots else timedelta(minutes=30)
        room = int((end - start) / length)
        lost = [item for item in on if (item.slot or 1) + -(-item.minutes * 60 // length.seconds) - 1 > room]
        told.append(
            ngettext(
                "%(num)d sag på dagsordenen følger med og får nyt klokkeslæt.",
                "%(num)d sager på dagsordenen følger med og får nye klokkeslæt.",
                len(on) - len(lost),
            )
        )
        if lost:
            warnings.append(
                ngettext(
                    "%(num)d sag er der ikke plads til. Den udsættes, beholder sit materiale og får ny tid.",
                    "%(num)d sager er der ikke plads til. De udsættes, beholder deres materiale og får "
                    "nye tider.",
                    len(lost),
                )
            )
    if sheet.invited:
        told.append(
            ngettext(
                "%(num)d inviteret får en opdateret indkaldelse og svarer igen.",
                "%(num)d inviterede får en opdateret indkaldelse og svarer igen.",
                sheet.invited,
            )
        )
    if start != line.starts_at:
        told.append(
            gettext("Frister og påmindelser, der følger mødet, flytter med, også fristen for materiale.")
        )
    if start.date() in calendar.closed:
        warnings.append(gettext("Dagen er en helligdag eller lukkedag."))
    elif start.weekday() >= 5:
        warnings.append(gettext("Dagen er i en weekend."))
    return tuple(told), tuple(warnings)


@pages.get("/moeder/<int:meeting_id>/aflys")
def cancel_form(meeting_id: int) -> ResponseReturnValue:
    """Show what cancelling the meeting means."""
    sheet = meeting_rows.read(meeting_id)
    return _change_page("cancel", sheet, {"begrundelse": ""}, {}, _of_cancelling(sheet), ())


@pages.post("/moeder/<int:meeting_id>/aflys")
def cancel(meeting_id: int) -> ResponseReturnValue:
    """Cancel the meeting."""
    reason = request.form.get("begrundelse", "")
    command = acts.CancelMeeting(meeting_id, reason, number(request.form.get("rev")))
    try:
        current.app.run(acts.cancel_meeting, current.visitor.actor, command)
    except (Invalid, Stale) as error:
        sheet = meeting_rows.read(meeting_id)
        told = _of_cancelling(sheet)
        fields = {"begrundelse": error.message}
        values = {"begrundelse": reason}
        return _change_page("cancel", sheet, values, fields, told, (), status=status_of(error))
    flash(gettext("Mødet er aflyst, og de berørte får besked."), "success")
    return redirect(f"/moeder/{meeting_id}")


def _of_cancelling(sheet: MeetingSheet) -> tuple[str, ...]:
    told = []
    on = [item for item in sheet.agenda.items if item.status in ("booket", "aaben")]
    if on:
        told.append(
            ngettext(
                "%(num)d sag tages af dagsordenen, beholder sit materiale og får automatisk næste ledige "
                "tid.",
                "%(num)d sager tages af dagsordenen, beholder deres materiale og får automatisk næste "
                "ledige tid i den rækkefølge, de er kommet.",
                len(on),
            )
        )
        if sheet.others:
            room = sum(other.free for other in sheet.others[:4])
            told.append(
                gettext(
                    "Det næste møde er %(day)s. På de nærmeste møder er der %(room)s ledige pladser.",
                    day=dates.moment(sheet.others[0].starts_at),
                    room=room,
                )
            )
        else:
            told.append(gettext("Der er ikke et senere møde endnu, så sagerne venter, til der er."))
    if sheet.invited:
        told.append(
            ngettext(
                "%(num)d inviteret får et afbud i kalenderen.",
                "%(num)d inviterede får et afbud i kalenderen.",
                sheet.invited,
            )
        )
    told.append(
        gettext("Et aflyst møde kan ikke åbnes igen. Skal det holdes en anden dag, så flyt det i stedet.")
    )
    return tuple(told)


def _change_page(
    what: str,
    sheet: MeetingSheet,
    values: dict[str, str],
    errors: Mapping[str, str],
    consequences: tuple[str, ...],
    warnings: tuple[str, ...],
    *,
    asked: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    page = shown.ChangePage(meeting_rows.head(sheet, ""), values, dict(errors), consequences, warnings, asked)
    return render_template(f"meetings/{what}.html", page=page), status
