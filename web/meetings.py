"""The calendar of meetings, and the page of one: where and when, who comes, and what time it had before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import meeting_people_acts as people
from tasks import starts
from tasks.errors import Invalid, NotOpen, Stale
from tasks.meeting_access import ADMINISTRATION
from tasks.meeting_calendar import CalendarLine, ReadCalendar, Whose, meetings_of_case, read_calendar
from tasks.meeting_sheet import MeetingSheet
from tasks.meetings import OWN_ITEM, WHOLE, kind_name
from web import current, dates, meeting_rows
from web.asked import number
from web.errors import status_of
from web.inbox import start_address
from web.pages import meetings as shown
from web.pages.inbox import StartLink
from web.pages.parts import Choice, Tab
from web.words import gettext, ngettext

pages = Blueprint("meetings", __name__)

CALLING = ("faglig_forum_moede",)
"""Procedures that call a meeting which belongs to no case."""

ROLES = ("fagperson", "ekstern_fagperson", "udfoerer", "ad_hoc_part", "raadgiver", "lokal_fagperson")


# -- the calendar --------------------------------------------------------------------------------------------


@pages.get("/moeder")
def calendar() -> ResponseReturnValue:
    """Show a week, or a month's list, of one's own meetings or of all one may see."""
    view = "liste" if request.args.get("vis") == "liste" else "uge"
    # Who keeps the agendas begins with those, everybody else with their own meetings.
    keeps = current.visitor.actor.holds(*ADMINISTRATION)
    usual = "alle" if keeps else "mine"
    whose: Whose = "alle" if request.args.get("hvis", usual) == "alle" else "mine"
    day = dates.read_day(request.args.get("dag", "")) or current.today()
    first, last = _period(view, day)
    actor = current.visitor.actor
    found = current.app.read(read_calendar, actor, ReadCalendar(first, last, whose))
    if whose == "alle" and not found.keeps:
        whose = "mine"
    rows = _rows(found.lines)
    today = current.today()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    shown_days = [
        shown.Day(
            one,
            gettext("Helligdag eller lukkedag") if one in found.closed else "",
            one == today,
            tuple(row for line, row in zip(found.lines, rows, strict=True) if line.on_date == one),
        )
        for one in days
    ]
    if view == "liste":
        shown_days = [one for one in shown_days if one.rows]
    elif not any(one.rows for one in shown_days[5:]):
        shown_days = shown_days[:5]

    def address(**change: str) -> str:
        given = {"vis": view, "hvis": whose, "dag": day.isoformat(), **change}
        return "/moeder?" + urlencode(given)

    before = first - timedelta(days=1)
    return render_template(
        "meetings/calendar.html",
        page=shown.CalendarPage(
            view=view,
            views=(
                Tab(gettext("Uge"), address(vis="uge"), view == "uge"),
                Tab(gettext("Liste"), address(vis="liste"), view == "liste"),
            ),
            whose=(
                Tab(gettext("Mine møder"), address(hvis="mine"), whose == "mine"),
                Tab(
                    gettext("Alle møder") if keeps else gettext("Min enheds møder"),
                    address(hvis="alle"),
                    whose == "alle",
                ),
            )
            if found.keeps
            else (),
            scope=whose,
            heading=_heading(view, first, last),
            days=tuple(shown_days),
            previous=address(dag=_period(view, before)[0].isoformat()),
            next=address(dag=(last + timedelta(days=1)).isoformat()),
            now="" if first <= today <= last else address(dag=today.isoformat()),
            starts=_starts(),
            following=(
                gettext("Næste møde er %(day)s", day=dates.day(found.following[1])),
                address(dag=found.following[1].isoformat()),
            )
            if found.following is not None
            else None,
            keeps_agendas=keeps,
        ),
    )


def _period(view: str, day: date) -> tuple[date, date]:
    if view == "uge":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _heading(view: str, first: date, last: date) -> str:
    if view == "liste":
        return dates.month(first)
    start = f"{first.day}." if first.month == last.month else f"{first.day}. {dates.month_name(first)}"
    if first.year != last.year:
        start += f" {first.year}"
    return gettext(
        "Uge %(week)s, %(first)s–%(last)s",
        week=first.isocalendar().week,
        first=start,
        last=dates.plain_day(last),
    )


def _rows(lines: tuple[CalendarLine, ...]) -> list[shown.MeetingRow]:
    own = [line for line in lines if line.mine and line.status != "aflyst"]
    return [
        _row(
            line,
            clashes=line in own
            and any(
                other is not line and other.starts_at < line.ends_at and line.starts_at < other.ends_at
                for other in own
            ),
        )
        for line in lines
    ]


def _row(line: CalendarLine, *, clashes: bool) -> shown.MeetingRow:
    words, kind = meeting_rows.answer_words(line.answer)
    places = ""
    if line.slots:
        cases = ngettext("%(num)d sag", "%(num)d sager", line.items)
        room = ngettext("%(num)d ledig plads", "%(num)d ledige pladser", line.free)
        places = f"{cases} · {room}" if line.status in meeting_rows.TO_COME else cases
    if line.status == "aflyst":
        places = ""
    case = None
    if line.case_id is not None:
        case = (str(line.case_id), line.case_number or "")
    return shown.MeetingRow(
        id=str(line.id),
        href=f"/moeder/{line.id}/dagsorden" if line.slots else f"/moeder/{line.id}",
        title=line.title,
        kind=kind_name(line.kind),
        status=line.status,
        starts=line.starts_at,
        ends=line.ends_at,
        place=line.place or "",
        link=line.link or "",
        chair=line.chair or "",
        case=case,
        places=places,
        answer=words,
        answer_kind=kind,
        mine=line.mine,
        clashes=clashes,
    )


def _starts() -> tuple[StartLink, ...]:
    ways = current.app.read(starts.list_ways, current.visitor.actor, None)
    return tuple(
        StartLink(way.name, start_address(way, None), not way.has_form) for way in ways if way.key in CALLING
    )


@pages.get("/sager/<int:case_id>/moeder")
def of_case(case_id: int) -> ResponseReturnValue:
    """Give the pages of a case and of its tasks the meetings it has."""
    lines = current.app.read(meetings_of_case, current.visitor.actor, case_id)
    return render_template("meetings/of_case.html", rows=_rows(lines))


# -- one meeting ---------------------------------------------------------------------------------------------


@pages.get("/moeder/<int:meeting_id>")
def show(meeting_id: int) -> ResponseReturnValue:
    """Show a meeting; to who is there for one item of it, that item."""
    sheet = meeting_rows.read(meeting_id)
    if not sheet.agenda.whole:
        return redirect(f"/moeder/{meeting_id}/dagsorden")
    return _page(sheet, item=number(request.args.get("punkt")))


def _page(
    sheet: MeetingSheet,
    errors: Mapping[str, str] | None = None,
    message: str = "",
    status: int = 200,
    item: int | None = None,
) -> ResponseReturnValue:
    agenda = sheet.agenda
    added_to = next((one for one in agenda.items if one.id == item), None)
    roles = [Choice(key, _role(key), request.form.get("rolle") == key) for key in ROLES]
    runs = agenda.may_change
    page = shown.MeetingPage(
        meeting=meeting_rows.head(sheet, ""),
        people=tuple(meeting_rows.person(sheet, one, runs=runs) for one in agenda.participants),
        times=tuple(
            shown.Time(one.starts_at, one.ends_at, one.place or "", one.since, one is sheet.times[-1])
            for one in reversed(sheet.times)
        ),
        choices=tuple(
            Choice(str(id), f"{name} – {title}" if title else name, request.form.get("person") == str(id))
            for id, name, title in sheet.people
        ),
        roles=tuple(roles),
        errors=dict(errors or {}),
        message=message,
        given=request.form,
        for_item=(str(added_to.id), " ".join(filter(None, (added_to.case_number, added_to.child))))
        if added_to is not None
        else None,
    )
    return render_template("meetings/show.html", page=page), status


def _role(key: str) -> str:
    return {
        "fagperson": gettext("Fagperson"),
        "ekstern_fagperson": gettext("Ekstern fagperson"),
        "udfoerer": gettext("Udfører"),
        "ad_hoc_part": gettext("Samarbejdspart"),
        "raadgiver": gettext("Rådgiver"),
        "lokal_fagperson": gettext("Lokal fagperson"),
    }[key]


@pages.post("/moeder/<int:meeting_id>/deltagere")
def add_participant(meeting_id: int) -> ResponseReturnValue:
    """Add somebody to the meeting, or to one item of it."""
    form = request.form
    item = number(form.get("punkt"))
    command = people.AddParticipant(
        meeting_id,
        form.get("rolle", ""),
        form.get("navn", ""),
        number(form.get("person")),
        item,
        part=OWN_ITEM if item is not None else WHOLE,
        organisation=form.get("organisation", "").strip()[:200] or None,
        contact=form.get("kontakt", "").strip()[:200] or None,
        seen_rev=number(form.get("rev")),
    )
    try:
        current.app.run(people.add_participant, current.visitor.actor, command)
    except (Invalid, Stale, NotOpen) as error:
        return _page(meeting_rows.read(meeting_id), error.fields, error.message, status_of(error), item)
    flash(gettext("Deltageren er føjet til."), "success")
    if item is not None:
        return redirect(f"/moeder/{meeting_id}/dagsorden#punkt-{item}")
    return redirect(f"/moeder/{meeting_id}#deltagere")


@pages.post("/moeder/deltagere/<int:participant_id>/<any(svar, fremmoede, fjern):act>")
def change_participant(participant_id: int, act: str) -> ResponseReturnValue:
    """Answer an invitation, note attendance, or take somebody off."""
    form, actor = request.form, current.visitor.actor
    try:
        if act == "svar":
            done = current.app.run(
                people.answer_invitation,
                actor,
                people.AnswerInvitation(participant_id, form.get("svar", "")),
            )
        elif act == "fremmoede":
            done = current.app.run(
                people.mark_attendance,
                actor,
                people.MarkAttendance(participant_id, form.get("fremmoede", "")),
            )
        else:
            done = current.app.run(
                people.remove_participant,
                actor,
                people.RemoveParticipant(participant_id, number(form.get("rev"))),
            )
    except (Stale, Invalid, NotOpen) as error:
        back = number(form.get("moede"))
        if back is None:
            raise
        return _page(meeting_rows.read(back), {}, error.message, status_of(error))
    flash(
        {"svar": gettext("Svaret er noteret."), "fjern": gettext("Deltageren er taget af.")}.get(act, "")
        or gettext("Fremmødet er noteret."),
        "success",
    )
    tail = "/dagsorden" if done.item_id is not None else ""
    return redirect(f"/moeder/{done.meeting_id}{tail}#deltager-{participant_id}")
