"""The worklist, the notices, and what one may begin."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import inbox, notices, starts
from tasks import worklist as worklists
from tasks.inbox import ListTasks, Scope, TaskList
from web import current, dates, handbook
from web.asked import number
from web.dates import Lateness
from web.pages.inbox import Notice, Notices, Startable, StartLink, StartList, TaskGroup, Worklist
from web.pages.parts import Choice, Pager, Tab, TaskRow
from web.rows import task_row
from web.words import gettext

pages = Blueprint("inbox", __name__)


@pages.get("/opgaver")
def worklist() -> ResponseReturnValue:
    """Show a page of the worklist: mine, my groups', my unit's."""
    command = _command()
    found = current.app.read(worklists.read_worklist, current.visitor.actor, command)
    return render_template("inbox/worklist.html", page=_page(command, found))


@pages.get("/opgaver/aendret")
def changes() -> ResponseReturnValue:
    """Say whether the list is still as shown; nothing when it is (304 saves even that)."""
    command = _command()
    mark = _mark(current.app.read(inbox.list_tasks, current.visitor.actor, command))
    if request.if_none_match.contains(mark) or request.args.get("set") == mark:
        return Response(status=204)
    arguments = {key: value for key, value in request.args.items() if key != "set"}
    return render_template("inbox/changes.html", href="/opgaver?" + urlencode(arguments))


def _command() -> ListTasks:
    asked = request.args.get("vis", "mine")
    scope: Scope = "enhed" if asked == "enhed" else "grupper" if asked == "grupper" else "mine"
    search = request.args.get("soeg", "").strip()[:200]
    return ListTasks(
        scope,
        search,
        inbox.read_cursor(request.args.get("efter")),
        person_id=number(request.args.get("hos")) if scope == "enhed" else None,
    )


def _mark(page: TaskList) -> str:
    shown = ",".join(f"{row.id}.{row.rev}" for row in page.rows)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def _page(command: ListTasks, read: worklists.Worklist) -> Worklist:
    found, today = read.tasks, current.today()
    rows = [
        replace(
            task_row(line, line.role_name, unread=line.id in read.new),
            step=dates.day(read.meetings[line.id]) if line.id in read.meetings else "",
        )
        for line in found.rows
    ]
    arguments: dict[str, str] = {"vis": command.scope}
    if command.search:
        arguments["soeg"] = command.search
    if command.person_id is not None:
        arguments["hos"] = str(command.person_id)
    following = None
    if found.next_after is not None:
        following = "/opgaver?" + urlencode({**arguments, "efter": inbox.write_cursor(found.next_after)})
    first = "/opgaver?" + urlencode(arguments) if command.after is not None else None
    mark = _mark(found)
    shown = {
        **arguments,
        **({"efter": request.args["efter"]} if "efter" in request.args else {}),
        "set": mark,
    }
    return Worklist(
        tabs=_tabs(command.scope),
        scope=command.scope,
        groups=_groups(rows, today),
        today=today,
        pager=Pager(first, following),
        search=command.search,
        people=_people(command, read.people),
        changes_url="/opgaver/aendret?" + urlencode(shown),
        guides=handbook.known_by_all(),
        warnings=read.warnings,
    )


def _people(command: ListTasks, found: Iterable[tuple[int, str]]) -> tuple[Choice, ...]:
    """Return whose tasks a leader may narrow the unit's list to."""
    if command.scope != "enhed":
        return ()
    everybody = Choice("", gettext("Alle"), command.person_id is None)
    return everybody, *(Choice(str(one), name, one == command.person_id) for one, name in found)


def _groups(rows: Iterable[TaskRow], today: date) -> tuple[TaskGroup, ...]:
    found: dict[Lateness, list[TaskRow]] = {heading: [] for heading in Lateness}
    for row in rows:
        limit = row.limit
        if row.urgent:
            found[Lateness.ACUTE].append(row)
        elif limit is None:
            found[Lateness.NO_LIMIT].append(row)
        else:
            found[dates.lateness(limit.legal, limit.working, today)].append(row)
    return tuple(TaskGroup(heading, tuple(some)) for heading, some in found.items() if some)


def _tabs(scope: str) -> tuple[Tab, ...]:
    names = {"mine": gettext("Mine opgaver"), "grupper": gettext("Mine grupper")}
    if current.visitor.leads:
        names["enhed"] = gettext("Min enhed")
    return tuple(Tab(text, f"/opgaver?vis={name}", name == scope) for name, text in names.items())


@pages.get("/opgaver/beskeder")
def my_notices() -> ResponseReturnValue:
    """Show the person's notices."""
    rows = current.app.read(notices.my_notices, current.visitor.actor, 50)
    shown = tuple(
        Notice(
            str(row.id),
            row.at,
            row.kind,
            row.text,
            _leads_to(row),
            read=row.read,
        )
        for row in rows
    )
    page = Notices(shown, Pager(), sum(1 for row in shown if not row.read))
    return render_template("inbox/notices.html", page=page)


def _leads_to(row: notices.NoticeLine) -> str | None:
    if row.task_id:
        return f"/opgaver/{row.task_id}"
    if row.meeting_id:
        return f"/moeder/{row.meeting_id}"
    return f"/sager/{row.case_id}" if row.case_id else None


@pages.post("/opgaver/beskeder/laest")
def read_notices() -> ResponseReturnValue:
    """Mark all notices as read."""
    current.app.run(notices.read_notices, current.visitor.actor, notices.ReadNotices())
    return redirect("/opgaver/beskeder")


@pages.get("/opgaver/begynd")
def startable() -> ResponseReturnValue:
    """Show what the person may begin without a case."""
    ways = current.app.read(starts.list_ways, current.visitor.actor, None)
    return render_template("inbox/start.html", page=StartList(startables(ways, None)))


def startables(ways: Iterable[starts.StartWay], case_id: int | None) -> tuple[Startable, ...]:
    """Return the ways to begin something, procedure by procedure."""
    found: list[Startable] = []
    for key, some in groupby(ways, key=lambda way: way.key):
        here = tuple(some)
        links = tuple(StartLink(way.name, start_address(way, case_id), not way.has_form) for way in here)
        refusal = None if any(way.refusal is None for way in here) else here[0].refusal
        found.append(Startable(key, here[0].procedure, here[0].purpose, links, refusal))
    return tuple(found)


def start_address(way: starts.StartWay, case_id: int | None) -> str:
    """Return where a procedure is begun."""
    arguments = {"start": way.at, **({"sag": str(case_id)} if case_id is not None else {})}
    return f"/procedurer/{way.key}/begynd?" + urlencode(arguments)
