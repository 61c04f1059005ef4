"""Drafts of procedures: made from a version, changed file by file, checked, heard, approved and published.

Hearing and approval are the work of a procedure of their own (`revision_af_procedure`); what it decides comes
here through its service tasks (`revision_effects`). What was approved is the content, by its hash: a draft
that is changed afterwards must be checked and approved again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from engine import workdays
from engine.types import Bundle, Problem
from records.tables import Person, Procedure, ProcedureDraft, ProcedureVersion
from records.unit import Unit
from tasks import admin_log
from tasks.errors import Invalid, NotFound, NotOpen, Refused, Stale
from tasks.people import Actor, today
from tasks.procedures import OWNER, PublishBundle, bundle_hash, files_of, keep_files, publish

DRAFT, HEARING, APPROVED, PUBLISHED, DROPPED = "udkast", "hoering", "godkendt", "udgivet", "kasseret"
OPEN: Final = (DRAFT, HEARING, APPROVED)

LOG: Final = "procedure"
"""Kind of what drafts and moves leave in the log of administration."""

MOST_FILES: Final = 80
LARGEST_FILE: Final = 2_000_000
"""Bytes; the engine reads no larger diagram."""

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{1,79}")
_PATH: Final = re.compile(r"(documents/)?[a-z0-9][a-z0-9_.-]{0,99}\.(bpmn|dmn|form|md|yaml|typ|json)")


@dataclass(frozen=True, slots=True)
class MakeDraft:
    """Begin a draft as a version of the procedure (None: the newest), with these files changed."""

    key: str
    version: int | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    removed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    """Put these files in a draft, in place of what it had under their paths, and take others out."""

    draft_id: int
    files: Mapping[str, bytes] = field(default_factory=dict)
    removed: Sequence[str] = ()
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Give a draft up."""

    draft_id: int


@dataclass(frozen=True, slots=True)
class NoteCheck:
    """Keep what a check of a draft's content found."""

    draft_id: int
    hash: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class PublishDraft:
    """Publish an approved draft, valid from the beginning of a local day, with a note of what is new."""

    draft_id: int
    valid_from: date
    note: str


@dataclass(frozen=True, slots=True)
class DraftSheet:
    """A draft as it stands."""

    id: int
    key: str
    status: str
    base_version: int
    files: Mapping[str, str]
    """Path → SHA-256."""
    hash: str
    rev: int
    changed_at: datetime
    changed_by: str | None
    checked: bool
    """Whether the content as it is has been checked."""
    problems: tuple[Problem, ...]
    approved_by: tuple[str, ...]
    version: int | None
    """The version it became."""


def require_owner(actor: Actor) -> None:
    """Let process owners through, and whoever runs the service. Raises Refused."""
    if actor.person_id is not None and not actor.holds(OWNER, "sekretaer_drift"):
        raise Refused("Kun en procesejer kan arbejde med udkast og flytte forløb til en anden version.")


def make_draft(unit: Unit, actor: Actor, command: MakeDraft) -> DraftSheet:
    """Begin a draft. Raises Refused, Invalid, NotFound, NotOpen when the procedure has one already."""
    require_owner(actor)
    if not _KEY.fullmatch(command.key):
        raise Invalid("Nøglen må kun have små bogstaver a-z, tal og _.", {"key": "Ret nøglen."})
    known = unit.session.scalar(select(Procedure).where(Procedure.key == command.key).with_for_update())
    base = _version(unit, known, command.version)
    if open_draft(unit, command.key) is not None:
        raise NotOpen("Proceduren har allerede et udkast. Ret det, eller kassér det først.")
    manifest = _changed(unit, base.manifest if base is not None else {}, command.files, command.removed)
    draft = ProcedureDraft(
        key=command.key,
        status=DRAFT,
        base_version=base.version if base is not None else 0,
        manifest=manifest,
        hash=bundle_hash(manifest.items()),
        rev=1,
        made_at=unit.now,
        changed_at=unit.now,
        changed_by_id=actor.person_id,
        problems=[],
        approved_by=[],
        note="",
    )
    unit.session.add(draft)
    unit.session.flush()
    admin_log.note(unit, actor, LOG, f"Udkast til {command.key} er begyndt")
    return _sheet(unit, draft)


def _version(unit: Unit, known: Procedure | None, number: int | None) -> ProcedureVersion | None:
    if known is None:
        if number is not None:
            raise NotFound("Proceduren findes ikke.")
        return None
    query = select(ProcedureVersion).where(ProcedureVersion.procedure_id == known.id)
    if number is not None:
        query = query.where(ProcedureVersion.version == number)
    found = unit.session.scalar(query.order_by(ProcedureVersion.version.desc()).limit(1))
    if found is None:
        raise NotFound("Den version af proceduren findes ikke.")
    return found


def _changed(
    unit: Unit, manifest: Mapping[str, str], files: Mapping[str, bytes], removed: Sequence[str]
) -> dict[str, str]:
    for path, content in files.items():
        if not _PATH.fullmatch(path):
            raise Invalid(
                f"Filen »{path[:120]}« kan ikke være i en procedure.", {"files": "Ret filens navn."}
            )
        if len(content) > LARGEST_FILE:
            raise Invalid(f"Filen »{path}« er for stor.", {"files": "En fil må højst fylde 2 MB."})
    kept = {path: digest for path, digest in manifest.items() if path not in set(removed)}
    changed = {**kept, **keep_files(unit, files)}
    if len(changed) > MOST_FILES:
        raise Invalid(f"En procedure kan højst have {MOST_FILES} filer.")
    return changed


def open_draft(unit: Unit, key: str, *, lock: bool = False) -> ProcedureDraft | None:
    """Return the procedure's draft that is on its way, None when there is none."""
    query = select(ProcedureDraft).where(ProcedureDraft.key == key, ProcedureDraft.status.in_(OPEN))
    return unit.session.scalar(query.with_for_update() if lock else query)


def change_draft(unit: Unit, actor: Actor, command: ChangeDraft) -> DraftSheet:
    """Change files of a draft; one in hearing or approved is a draft again. Raises Refused, NotFound,
    NotOpen, Stale, Invalid."""
    require_owner(actor)
    draft = _locked(unit, command.draft_id)
    if command.seen_rev is not None and command.seen_rev != draft.rev:
        raise Stale("Udkastet er ændret, siden du læste det. Læs det igen.")
    manifest = _changed(unit, draft.manifest, command.files, command.removed)
    if manifest != draft.manifest:
        draft.manifest, draft.hash = manifest, bundle_hash(manifest.items())
        draft.status, draft.sent_at, draft.approved_at, draft.approved_by = DRAFT, None, None, []
        draft.changed_at, draft.changed_by_id = unit.now, actor.person_id
        draft.rev += 1
    return _sheet(unit, draft)


def drop_draft(unit: Unit, actor: Actor, command: DropDraft) -> DraftSheet:
    """Give a draft up; it is kept. Raises Refused, NotFound, NotOpen."""
    require_owner(actor)
    draft = _locked(unit, command.draft_id)
    draft.status = DROPPED
    draft.rev += 1
    admin_log.note(unit, actor, LOG, f"Udkast til {draft.key} er kasseret")
    return _sheet(unit, draft)


def _locked(unit: Unit, draft_id: int) -> ProcedureDraft:
    draft = unit.session.get(ProcedureDraft, draft_id, with_for_update=True)
    if draft is None:
        raise NotFound("Udkastet findes ikke.")
    if draft.status not in OPEN:
        raise NotOpen(f"Udkastet er {draft.status} og kan ikke ændres.")
    return draft


def list_drafts(unit: Unit, actor: Actor, key: str) -> list[DraftSheet]:
    """Return a procedure's drafts, newest first; for process owners."""
    require_owner(actor)
    query = select(ProcedureDraft).where(ProcedureDraft.key == key).order_by(ProcedureDraft.id.desc())
    return [_sheet(unit, draft) for draft in unit.session.scalars(query.limit(50))]


def read_draft(unit: Unit, actor: Actor, draft_id: int) -> tuple[DraftSheet, Bundle]:
    """Return a draft and its files. Raises Refused, NotFound."""
    require_owner(actor)
    draft = unit.session.get(ProcedureDraft, draft_id)
    if draft is None:
        raise NotFound("Udkastet findes ikke.")
    return _sheet(unit, draft), Bundle(draft.key, 0, files_of(unit, draft.manifest))


def note_check(unit: Unit, actor: Actor, command: NoteCheck) -> DraftSheet:
    """Keep what a check found, when the draft still has the content that was checked."""
    require_owner(actor)
    draft = _locked(unit, command.draft_id)
    if draft.hash == command.hash:
        draft.checked_hash = command.hash
        draft.problems = [
            [one.file, one.element_id, one.line, one.rule, one.text, one.level] for one in command.problems
        ]
    return _sheet(unit, draft)


def require_sound(draft: ProcedureDraft) -> None:
    """Demand that a draft's content was checked and can run. Raises Invalid with what is wrong."""
    if draft.checked_hash != draft.hash:
        raise Invalid("Udkastet er ændret, siden det blev kontrolleret. Kør kontrollen, og prøv igen.")
    errors = [problem for problem in _problems(draft) if problem.level == "error"]
    if errors:
        lines = [f"{one.element_id or one.file}: {one.text}" for one in errors]
        raise Invalid("Udkastet kan ikke bruges endnu:\n" + "\n".join(lines))


def send_draft(unit: Unit, actor: Actor, key: str) -> ProcedureDraft | None:
    """Send a procedure's draft into hearing; None when it has none. Raises Invalid when it is not sound."""
    draft = open_draft(unit, key, lock=True)
    if draft is not None:
        require_sound(draft)
        draft.status, draft.sent_at = HEARING, unit.now
        draft.approved_at, draft.approved_by = None, []
        draft.rev += 1
    return draft


def approve_draft(unit: Unit, key: str, people: Sequence[int]) -> ProcedureDraft | None:
    """Note who approved a draft in hearing; None when there is none.

    Raises Invalid when it was changed after it was sent, or nobody but its author approved it.
    """
    draft = open_draft(unit, key, lock=True)
    if draft is None:
        return None
    if draft.status == DRAFT:
        raise Invalid("Udkastet er ændret efter høringen. Det skal i høring igen, før det kan godkendes.")
    if not set(people) - {draft.changed_by_id}:
        raise Invalid("Udkastet skal godkendes af en anden end den, der har lavet det.")
    draft.status, draft.approved_at, draft.approved_by = APPROVED, unit.now, sorted(set(people))
    draft.rev += 1
    return draft


def publish_draft(unit: Unit, actor: Actor, command: PublishDraft) -> DraftSheet:
    """Publish an approved draft as the procedure's next version.

    Courses that began before go on in their version. Raises Refused, NotFound, NotOpen when it is not
    approved, Invalid when it is not sound or would be valid from a day that is gone.
    """
    require_owner(actor)
    draft = _locked(unit, command.draft_id)
    if draft.status != APPROVED:
        raise NotOpen("Udkastet er ikke godkendt. Send det i høring og til godkendelse først.")
    make_valid(unit, actor, draft, command.valid_from, command.note)
    return _sheet(unit, draft)


def make_valid(unit: Unit, actor: Actor, draft: ProcedureDraft, valid_from: date, note: str) -> int:
    """Make a draft the procedure's next version, valid from a local day; return the version's number."""
    require_sound(draft)
    if valid_from < today(unit):
        text = "En version kan tidligst gælde fra i dag."
        raise Invalid(text, {"valid_from": text})
    begins = unit.now if valid_from == today(unit) else workdays.instant(valid_from, "00:00")
    before = unit.session.scalar(
        select(ProcedureVersion)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(Procedure.key == draft.key)
        .order_by(ProcedureVersion.version.desc())
        .limit(1)
    )
    if before is not None and before.hash == draft.hash:
        raise Invalid(f"Udkastet er magen til version {before.version}. Der er ikke noget nyt at udgive.")
    bundle = Bundle(draft.key, 0, files_of(unit, draft.manifest))
    version_id = publish(unit, actor, PublishBundle(bundle, begins))
    version = unit.session.get_one(ProcedureVersion, version_id)
    draft.status, draft.version_id, draft.note = PUBLISHED, version_id, note.strip()[:4000]
    draft.rev += 1
    day = workdays.spoken_day(valid_from)
    admin_log.note(unit, actor, LOG, f"{draft.key} version {version.version} er udgivet og gælder fra {day}")
    return version.version


def _problems(draft: ProcedureDraft) -> tuple[Problem, ...]:
    return tuple(Problem(*row) for row in draft.problems)


def _sheet(unit: Unit, draft: ProcedureDraft) -> DraftSheet:
    ids: list[Any] = [draft.changed_by_id, *draft.approved_by]
    names = dict(unit.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all())
    version = unit.session.get(ProcedureVersion, draft.version_id) if draft.version_id is not None else None
    return DraftSheet(
        draft.id,
        draft.key,
        draft.status,
        draft.base_version,
        draft.manifest,
        draft.hash,
        draft.rev,
        draft.changed_at,
        names.get(draft.changed_by_id) if draft.changed_by_id is not None else None,
        draft.checked_hash == draft.hash,
        _problems(draft) if draft.checked_hash == draft.hash else (),
        tuple(names[id] for id in draft.approved_by if id in names),
        version.version if version is not None else None,
    )
