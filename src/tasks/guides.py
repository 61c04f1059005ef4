"""The library of guides: versioned texts that owners write, and which version was used for which task.

Guides ship as files; each becomes version 1 when the service first sees it. A newer file becomes a new
version unless an owner has written one since: the owner's text stands (SM-51, BF-34, ST-38).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import false, or_, select

from engine.properties import TASK_CARD
from records.tables import Guide, GuideReading, GuideVersion, JournalEntry, Person, Task
from records.unit import Unit
from tasks.errors import Invalid, NotFound, Refused, Stale
from tasks.people import Actor
from tasks.texts import required

OWNER: Final = "procesejer"
KEPT: Final = timedelta(seconds=2)
"""How long the list of guides is kept; this process's own changes count at once."""

_LONGEST: Final = 100_000
_ROLES = re.compile(r"\A\s*<!--\s*roller:\s*([^>]*?)\s*-->\s*", re.IGNORECASE)
_CACHE: Final = "guides"


@dataclass(frozen=True, slots=True)
class ShippedGuide:
    """A guide's file: its key (the name of the file) and its content."""

    key: str
    content: str


@dataclass(frozen=True, slots=True)
class GuideLine:
    """A guide in the list."""

    key: str
    title: str
    version: int


@dataclass(frozen=True, slots=True)
class GuideText:
    """A version of a guide."""

    key: str
    title: str
    version: int
    version_id: int
    newest: int
    text: str
    """Markdown, without the heading."""
    published_at: datetime
    published_by: str | None
    """None for a text that ships with the program."""


@dataclass(frozen=True, slots=True)
class ReadGuide:
    """Read a guide, the newest version when `version` is None."""

    key: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class PublishGuide:
    """Publish a new text of a guide. `seen_version` is the one the owner had on the screen."""

    key: str
    title: str
    text: str
    seen_version: int


def take_shipped(unit: Unit, shipped: Iterable[ShippedGuide]) -> int:
    """Let the shipped files become versions where they are new; return how many became one."""
    rows = {
        guide.key: (guide, newest)
        for guide, newest in unit.session.execute(
            select(Guide, GuideVersion).join(
                GuideVersion,
                (GuideVersion.guide_id == Guide.id) & (GuideVersion.version == Guide.newest),
            )
        )
    }
    taken = 0
    for file in shipped:
        digest = hashlib.sha256(file.content.encode()).hexdigest()
        title, text, roles = _read(file.content)
        guide, newest = rows.get(file.key, (None, None))
        if newest is not None and (newest.sha256 == digest or newest.published_by_id is not None):
            continue
        if guide is None:
            guide = Guide(key=file.key, title=title, newest=0)
            unit.session.add(guide)
        _add(unit, guide, title, text, roles, digest, None)
        taken += 1
    return taken


def _read(content: str) -> tuple[str, str, str]:
    """Return a file's heading, its text, and the roles that it is a card for."""
    heading, _, text = content.partition("\n")
    roles = _ROLES.match(text)
    if roles is not None:
        text = text[roles.end() :]
    return heading.lstrip("# ").strip()[:200], text.strip(), roles[1][:400] if roles is not None else ""


def _add(unit: Unit, guide: Guide, title: str, text: str, roles: str, digest: str, by_id: int | None) -> None:
    guide.title = title
    guide.newest += 1
    unit.session.flush()
    unit.session.add(
        GuideVersion(
            guide_id=guide.id,
            version=guide.newest,
            title=title,
            text=text,
            roles=roles,
            sha256=digest,
            published_at=unit.now,
            published_by_id=by_id,
        )
    )
    unit.shared.pop(_CACHE, None)


def list_guides(unit: Unit, actor: Actor, command: None) -> tuple[GuideLine, ...]:
    """Return the guides by title; anybody may read them. Kept for a moment: every start page has them."""
    held = unit.shared.get(_CACHE)
    if held is not None and timedelta() <= unit.now - held[0] < KEPT:
        lines: tuple[GuideLine, ...] = held[1]
        return lines
    rows = unit.session.scalars(select(Guide).order_by(Guide.title))
    lines = tuple(GuideLine(row.key, row.title, row.newest) for row in rows)
    unit.shared[_CACHE] = (unit.now, lines)
    return lines


def read_guide(unit: Unit, actor: Actor, command: ReadGuide) -> GuideText:
    """Return a version of a guide. Raises NotFound."""
    wanted = GuideVersion.version == (Guide.newest if command.version is None else command.version)
    row = unit.session.execute(
        select(Guide, GuideVersion, Person.name)
        .join(GuideVersion, GuideVersion.guide_id == Guide.id)
        .outerjoin(Person, Person.id == GuideVersion.published_by_id)
        .where(Guide.key == command.key, wanted)
    ).one_or_none()
    if row is None:
        raise NotFound("Vejledningen findes ikke.")
    return _text(*row)


def _text(guide: Guide, version: GuideVersion, by: str | None) -> GuideText:
    return GuideText(
        guide.key,
        version.title,
        version.version,
        version.id,
        guide.newest,
        version.text,
        version.published_at,
        by,
    )


def may_publish(actor: Actor) -> bool:
    """Tell whether somebody may write the guides."""
    return actor.person_id is None or actor.holds(OWNER, "sekretaer_drift")


def publish_guide(unit: Unit, actor: Actor, command: PublishGuide) -> int:
    """Publish a new version of a guide; return its number. Tasks show it from now on.

    Raises Refused unless the actor is the process owner, NotFound, Stale, Invalid (per field).
    """
    if not may_publish(actor):
        raise Refused("Kun en procesejer kan rette vejledningerne.")
    title = required(command.title, "titel", "Skriv, hvad vejledningen hedder.")
    text = required(command.text, "tekst", "Skriv vejledningen.", _LONGEST)
    row = unit.session.execute(
        select(Guide, GuideVersion)
        .join(GuideVersion, (GuideVersion.guide_id == Guide.id) & (GuideVersion.version == Guide.newest))
        .where(Guide.key == command.key)
        .with_for_update(of=Guide)
    ).one_or_none()
    if row is None:
        raise NotFound("Vejledningen findes ikke.")
    guide, newest = row
    if newest.version != command.seen_version:
        raise Stale("En anden har rettet vejledningen i mellemtiden. Genindlæs siden, og ret den igen.")
    if newest.text == text and newest.title == title:
        raise Invalid("Teksten er ikke ændret.", {"tekst": "Teksten er ikke ændret."})
    digest = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    _add(unit, guide, title, text, newest.roles, digest, actor.person_id)
    return guide.newest


def guides_for(unit: Unit, actor: Actor, named: str, role: str | None) -> tuple[GuideText, ...]:
    """Return the guides that a step names, in their order and newest versions; one statement, none without.

    `opgavekort` is the card for the task's role, else for a role the reader holds, else the general one
    (SM-32, SM-45).
    """
    keys = [part.strip() for part in named.replace(";", ",").split(",") if part.strip()]
    if not keys:
        return ()
    wanted = or_(Guide.key.in_(keys), GuideVersion.roles != "" if TASK_CARD in keys else false())
    rows = unit.session.execute(
        select(Guide, GuideVersion, Person.name)
        .join(GuideVersion, (GuideVersion.guide_id == Guide.id) & (GuideVersion.version == Guide.newest))
        .outerjoin(Person, Person.id == GuideVersion.published_by_id)
        .where(wanted)
        .order_by(Guide.key)
    ).all()
    found = {guide.key: _text(guide, version, by) for guide, version, by in rows}
    cards = [(guide.key, version.roles) for guide, version, _ in rows if version.roles]
    roles = [*([role] if role else []), *(held.role for held in actor.holdings)]
    chosen = [_card(cards, roles) if key == TASK_CARD else key for key in keys]
    return tuple(found[key] for key in dict.fromkeys(chosen) if key in found)


def _card(cards: Sequence[tuple[str, str]], roles: Sequence[str]) -> str:
    for role in roles:
        for key, names in cards:
            if role in [name.strip() for name in names.split(",")]:
                return key
    return TASK_CARD


def note_reading(unit: Unit, actor: Actor, task: Task, texts: Sequence[GuideText]) -> None:
    """Note which versions of the guides somebody had before them when they did a task, once each (SM-51)."""
    if actor.person_id is None or not texts:
        return
    known = set(
        unit.session.scalars(
            select(GuideReading.guide_version_id).where(
                GuideReading.task_id == task.id, GuideReading.person_id == actor.person_id
            )
        )
    )
    for text in texts:
        if text.version_id in known:
            continue
        unit.session.add(
            GuideReading(
                guide_version_id=text.version_id, task_id=task.id, person_id=actor.person_id, at=unit.now
            )
        )
        unit.session.add(
            JournalEntry(
                case_id=task.case_id,
                instance_id=task.instance_id,
                task_id=task.id,
                at=unit.now,
                actor_id=actor.person_id,
                kind="vejledning",
                text=f"{task.name}: {text.title}, version {text.version}, vist",
            )
        )
