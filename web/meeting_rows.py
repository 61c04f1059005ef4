"""Turns what `tasks` reads of meetings into what their pages show."""

from __future__ import annotations

from dataclasses import replace

from tasks.meeting_pages import ItemLine, ParticipantLine
from tasks.meeting_sheet import MeetingSheet, ReadSheet, read_sheet
from tasks.meetings import OWN_ITEM, SOS, kind_name
from web import current, dates
from web.pages import meetings as shown
from web.pages.parts import Choice, Tab
from web.words import gettext, ngettext

TO_COME = ("planlagt", "indkaldt")


def answer_words(answer: str | None) -> tuple[str, str]:
    """Return an answer to an invitation in words, and the kind of its badge; empty without an invitation."""
    known = {
        "accept": (gettext("Accepteret"), "success"),
        "ny_tid": (gettext("Foreslår ny tid"), "warning"),
        "afslag": (gettext("Afslået"), "error"),
        "mangler": (gettext("Svar mangler"), "warning"),
    }
    return known.get(answer or "", ("", ""))


def read(meeting_id: int, what: str = "moede") -> MeetingSheet:
    """Read a meeting; seeing its cases is logged, so it is a write."""
    return current.app.run(read_sheet, current.visitor.actor, ReadSheet(meeting_id, what))


def head(sheet: MeetingSheet, page: str) -> shown.MeetingHead:
    """Return the top of a page about a meeting; `page` is the tail of its address."""
    agenda, line = sheet.agenda, sheet.agenda.meeting
    base = f"/moeder/{line.id}"
    tabs: list[Tab] = []
    if agenda.whole and (line.slots or agenda.items):
        tabs.append(Tab(gettext("Dagsorden"), f"{base}/dagsorden", page == "/dagsorden"))
        tabs.append(Tab(gettext("Deltagere og tider"), base, page == ""))
    case = None
    if line.case_id is not None and line.case_id in sheet.open_cases:
        case = (str(line.case_id), line.case_number or "")
    return shown.MeetingHead(
        id=str(line.id),
        title=line.title,
        kind=kind_name(line.kind),
        status=line.status,
        starts=line.starts_at,
        ends=line.ends_at,
        place=line.place or "",
        link=line.link or "",
        chair=line.chair or "",
        minute_taker=agenda.minute_taker or "",
        material_due=agenda.material_due_at,
        cancel_reason=agenda.cancel_reason or "",
        rev=line.rev,
        tabs=tuple(tabs),
        may_change=agenda.may_change,
        tasks=tuple((one.name, f"/opgaver/{one.id}") for one in sheet.tasks if one.item_id is None),
        case=case,
        case_number=line.case_number or "",
        previous=(f"/moeder/{sheet.previous[0]}", sheet.previous[1]) if sheet.previous else None,
        following=(f"/moeder/{sheet.following[0]}", sheet.following[1]) if sheet.following else None,
    )


def person(sheet: MeetingSheet, one: ParticipantLine, *, runs: bool) -> shown.Person:
    """Return a participant; `runs`: the reader may note answers and attendance."""
    to_come = sheet.agenda.meeting.status in TO_COME
    me = one.person_id is not None and str(one.person_id) == current.visitor.id
    words, kind = answer_words(one.answer or ("mangler" if one.invited else None))
    if not one.invited and to_come:
        words, kind = gettext("Ikke inviteret endnu"), ""
    parts = {OWN_ITEM: gettext("sagens eget punkt"), SOS: gettext("SOS-delen")}
    held = sheet.agenda.meeting.status == "afholdt"
    began = current.today() >= sheet.agenda.meeting.on_date
    return shown.Person(
        id=str(one.id),
        name=one.name,
        role=one.role_name,
        about=", ".join(text for text in (one.profession, one.organisation) if text),
        part=parts.get(one.part, ""),
        answer=words,
        answer_kind=kind,
        attendance=one.attendance or "",
        me=me,
        may_answer=to_come and one.invited and (me or runs),
        may_mark=runs and began and (to_come or held),
        may_remove=runs and to_come,
    )


def item(sheet: MeetingSheet, line: ItemLine, place: int) -> shown.Item:
    """Return one case of an agenda."""
    meeting = sheet.agenda.meeting
    manages = sheet.agenda.may_change
    runs = manages or line.id in sheet.runs
    to_come = meeting.status in TO_COME
    today = current.today() >= meeting.on_date
    busy = any(one.status == "aaben" for one in sheet.agenda.items)
    case = None
    if line.case_id is not None and line.case_id in sheet.open_cases:
        case = (str(line.case_id), line.case_number or "")
    material, material_kind = _material(line.material)
    return shown.Item(
        id=str(line.id),
        place=place,
        last=place == len(sheet.row) - 1,
        status=line.status,
        starts=line.starts_at,
        ends=line.ends_at,
        minutes=line.minutes,
        case=case,
        number=line.case_number or "",
        child=line.child or "",
        chair=line.chair or "",
        consultant=line.consultant or "",
        family=_family(line),
        family_left=line.family_left_at,
        material=material,
        material_kind=material_kind,
        reason=line.reason or "",
        decision=(line.decision or "").replace("_", " "),
        people=tuple(_at_item(sheet, one, runs=runs and to_come) for one in line.participants),
        rev=line.rev,
        may_order=manages and to_come and line.status == "booket",
        may_run=runs and to_come and line.status == "booket",
        may_open=runs and to_come and line.status == "booket" and today and not busy,
        may_close=runs and to_come and line.status == "aaben",
        tasks=tuple((one.name, f"/opgaver/{one.id}") for one in sheet.tasks if one.item_id == line.id),
        moves=_moves(sheet, line) if manages and line.status == "booket" else (),
        lengths=_lengths(sheet, line) if manages and line.status == "booket" else (),
        minutes_href=f"/moeder/punkter/{line.id}/referat" if line.status in ("aaben", "lukket") else "",
    )


def _at_item(sheet: MeetingSheet, one: ParticipantLine, *, runs: bool) -> shown.Person:
    """Return somebody at an item: that it is the item is said by where they stand."""
    found = person(sheet, one, runs=runs)
    if one.whole:
        found = replace(found, answer=gettext("Med på hele mødet"), answer_kind="", may_answer=False)
    return replace(found, part="") if one.part == OWN_ITEM else found


def _material(state: str) -> tuple[str, str]:
    return {
        "mangler": (gettext("Materiale mangler"), "warning"),
        "modtaget": (gettext("Materiale modtaget"), "success"),
        "modtaget_for_sent": (gettext("Materiale modtaget for sent"), "warning"),
        "afvist": (gettext("Materiale afvist"), "error"),
    }.get(state, (state, ""))


def _family(line: ItemLine) -> str:
    if line.family_invited and line.child_invited:
        return gettext("Familien og barnet/den unge er inviteret")
    if line.family_invited:
        return gettext("Familien er inviteret")
    return gettext("Barnet/den unge er inviteret") if line.child_invited else ""


def _moves(sheet: MeetingSheet, line: ItemLine) -> tuple[Choice, ...]:
    length = _slot_minutes(sheet)
    found = []
    for other in sheet.others:
        slot = other.first_single if line.minutes <= length else other.first_double
        if slot is not None:
            day = dates.day(other.starts_at.astimezone(current.COPENHAGEN).date(), year=False)
            room = ngettext("%(num)d ledig plads", "%(num)d ledige pladser", other.free)
            found.append(Choice(f"{other.id}:{slot}", f"{day} – {room}"))
    return tuple(found)


def _slot_minutes(sheet: MeetingSheet) -> int:
    line = sheet.agenda.meeting
    if not line.slots:
        return 30
    return int((line.ends_at - line.starts_at).total_seconds() // 60 // line.slots) or 30


def _lengths(sheet: MeetingSheet, line: ItemLine) -> tuple[Choice, ...]:
    single = _slot_minutes(sheet)
    return tuple(
        Choice(str(minutes), gettext("%(minutes)s minutter", minutes=minutes), minutes == line.minutes)
        for minutes in (single, 2 * single)
    )


def agenda_page(sheet: MeetingSheet, *, message: str = "", said: str = "") -> shown.AgendaPage:
    """Return the agenda of a meeting with slots."""
    lines = {line.id: line for line in sheet.agenda.items}
    free = iter(sheet.agenda.free_slots)
    rows: list[shown.Item | shown.Free] = []
    for place, one in enumerate(sheet.row):
        if one is None:
            slot = next(free, None)
            if slot is not None:
                rows.append(shown.Free(place, *slot))
        elif one in lines:
            rows.append(item(sheet, lines[one], place))
    on = {one.id for one in rows if isinstance(one, shown.Item)}
    longest = _longest_free(sheet)
    return shown.AgendaPage(
        meeting=head(sheet, "/dagsorden"),
        rows=tuple(rows),
        off=tuple(item(sheet, line, -1) for line in sheet.agenda.items if str(line.id) not in on),
        queue=tuple(
            shown.Queued(
                str(one.item_id),
                " ".join(text for text in (one.case_number, one.child) if text),
                one.minutes,
                dates.read_day(one.not_before) or current.today(),
                one.requested_at,
                -(-one.minutes // _slot_minutes(sheet)) <= longest,
            )
            for one in sheet.queue
        ),
        free=len(sheet.agenda.free_slots),
        may_order=sheet.agenda.may_change,
        message=message,
        said=said,
    )


def _longest_free(sheet: MeetingSheet) -> int:
    longest = run = 0
    before = 0
    for slot, _, _ in sheet.agenda.free_slots:
        run = run + 1 if slot == before + 1 else 1
        longest, before = max(longest, run), slot
    return longest
