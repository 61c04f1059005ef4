"""Published procedures: their versions, their parsed diagrams, and publishing one."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from engine import diagrams
from engine.diagrams import Diagram
from engine.types import Bundle
from records.prepared import Prepared
from records.tables import BundleFile, Person, Procedure, ProcedureVersion
from records.unit import Unit
from tasks.errors import Invalid, NotFound, Refused
from tasks.people import Actor, holders

OWNER = "procesejer"


@dataclass(frozen=True, slots=True)
class ProcedureLine:
    """One procedure in the list, in its newest published version."""

    key: str
    name: str
    version_id: int
    version: int
    valid_from: datetime | None
    published_at: datetime | None
    owner: str | None
    procedure_id: int


@dataclass(frozen=True, slots=True)
class PublishBundle:
    """Publish these files as the next version of a procedure, valid from an instant (None: now)."""

    bundle: Bundle
    valid_from: datetime | None = None


def bundle_hash(files: Iterable[tuple[str, str]]) -> str:
    """Return the hash of a bundle: SHA-256 over the sorted list of (path, SHA-256 of the file)
    (decisions.md)."""
    listing = "".join(f"{path}\0{digest}\n" for path, digest in sorted(files))
    return hashlib.sha256(listing.encode()).hexdigest()


def publish(unit: Unit, actor: Actor, command: PublishBundle) -> int:
    """Publish a bundle; return the version's id (the newest one's when the content is the same).

    The publishing gate (`engine.checks`) is the caller's to pass first (`tasks.publishing`).
    Raises Refused unless the actor is the system, the process owner or the systemforvalter.
    """
    if actor.person_id is not None and not actor.holds(OWNER, "sekretaer_drift"):
        raise Refused("Kun en procesejer kan udgive en procedure.")
    bundle = command.bundle
    diagram = diagrams.load(bundle)
    _require_short(bundle.key, diagram)
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in bundle.files.items()}
    procedure = unit.session.scalar(select(Procedure).where(Procedure.key == bundle.key).with_for_update())
    if procedure is None:
        procedure = Procedure(key=bundle.key, name=title_of(diagram), owner_id=_owner_id(unit))
        unit.session.add(procedure)
        unit.session.flush()
    procedure.name = title_of(diagram)
    newest = unit.session.scalar(
        select(ProcedureVersion)
        .where(ProcedureVersion.procedure_id == procedure.id)
        .order_by(ProcedureVersion.version.desc())
        .limit(1)
    )
    content_hash = bundle_hash(digests.items())
    if newest is not None and newest.hash == content_hash:
        return newest.id
    keep_files(unit, bundle.files)
    version = ProcedureVersion(
        procedure_id=procedure.id,
        version=(newest.version if newest else 0) + 1,
        status="published",
        valid_from=command.valid_from or unit.now,
        hash=content_hash,
        manifest=digests,
        start_messages=sorted(diagram.start_messages),
        provisional=bool(diagram.properties.get("udkast")),
        published_at=unit.now,
        published_by_id=actor.person_id,
    )
    unit.session.add(version)
    unit.session.flush()
    return version.id


def keep_files(unit: Unit, files: Mapping[str, bytes]) -> dict[str, str]:
    """Keep the files that are not kept yet; return path → SHA-256."""
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    known = set(
        unit.session.scalars(select(BundleFile.sha256).where(BundleFile.sha256.in_(set(digests.values()))))
    )
    for path, digest in digests.items():
        if digest not in known:
            unit.session.add(BundleFile(sha256=digest, content=files[path]))
            known.add(digest)
    return digests


def files_of(unit: Unit, manifest: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files that a manifest (path → SHA-256) names."""
    contents = dict(
        unit.session.execute(
            select(BundleFile.sha256, BundleFile.content).where(BundleFile.sha256.in_(set(manifest.values())))
        ).all()
    )
    return {path: contents[digest] for path, digest in manifest.items()}


def _require_short(key: str, diagram: Diagram) -> None:
    """Raise Invalid, naming the elements, when a name or id is longer than is kept of one."""
    given = [("Procedurens nøgle", key, 80), ("Procedurens titel", title_of(diagram), 200)]
    given += [(f"Banen »{lane[:40]}…«", lane, 120) for lane in diagram.lanes]
    for element in diagram.elements.values():
        given += [
            (f"Id'et {element.id[:40]}…", element.id, 120),
            (f"Navnet »{element.name[:40]}…«", element.name, 200),
            (f"Beskeden »{(element.message or '')[:40]}…«", element.message or "", 120),
        ]
    long = [
        f"{what} er på {len(text)} tegn; der er plads til {most}."
        for what, text, most in given
        if len(text) > most
    ]
    if long:
        raise Invalid("\n".join(dict.fromkeys(long)))


def _owner_id(unit: Unit) -> int | None:
    found = holders(unit, OWNER)
    return found[0][0] if found else None


def title_of(diagram: Diagram) -> str:
    """Return what a procedure is called in lists: its `titel`, else the name of its process."""
    return diagram.properties.get("titel") or diagram.name


def diagram_of(unit: Unit, version_id: int) -> Diagram:
    """Return the parsed diagram of a version; parsed once per process, since versions never change."""
    cache: dict[int, Diagram] = unit.shared.setdefault("diagrams", {})
    diagram = cache.get(version_id)
    if diagram is None:
        diagram = cache[version_id] = diagrams.load(bundle_of(unit, version_id))
    return diagram


def bundle_of(unit: Unit, version_id: int) -> Bundle:
    """Return the files of a version, verbatim. Raises NotFound."""
    row = unit.session.execute(
        select(ProcedureVersion, Procedure.key)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(ProcedureVersion.id == version_id)
    ).one_or_none()
    if row is None:
        raise NotFound("Versionen af proceduren findes ikke.")
    version, key = row
    return Bundle(key, version.version, files_of(unit, version.manifest))


_VALID = Prepared(
    select(ProcedureVersion.id)
    .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    .where(
        Procedure.key == bindparam("key"),
        ProcedureVersion.status == "published",
        ProcedureVersion.valid_from <= bindparam("now"),
    )
    .order_by(ProcedureVersion.version.desc())
    .limit(1)
)


def valid_version(unit: Unit, key: str) -> int:
    """Return the id of the version of a procedure that is valid now. Raises NotFound."""
    found = unit.run(_VALID, {"key": key, "now": unit.now})
    if not found:
        raise NotFound(f"Proceduren »{key}« er ikke udgivet.")
    return int(found[0][0])


_NEWEST = (
    select(ProcedureVersion.procedure_id, func.max(ProcedureVersion.version).label("version"))
    .where(ProcedureVersion.status == "published", ProcedureVersion.valid_from <= bindparam("now"))
    .group_by(ProcedureVersion.procedure_id)
    .subquery()
)
_VALID_VERSIONS = Prepared(
    select(
        Procedure.key,
        Procedure.name,
        ProcedureVersion.id,
        ProcedureVersion.version,
        ProcedureVersion.valid_from,
        ProcedureVersion.published_at,
        Person.name,
        Procedure.id,
    )
    .join(_NEWEST, _NEWEST.c.procedure_id == Procedure.id)
    .join(
        ProcedureVersion,
        (ProcedureVersion.procedure_id == Procedure.id) & (ProcedureVersion.version == _NEWEST.c.version),
    )
    .outerjoin(Person, Person.id == Procedure.owner_id)
    .order_by(Procedure.name)
)


_VALID_IDS = Prepared(
    select(Procedure.key, Procedure.name, ProcedureVersion.id, Procedure.id)
    .join(_NEWEST, _NEWEST.c.procedure_id == Procedure.id)
    .join(
        ProcedureVersion,
        (ProcedureVersion.procedure_id == Procedure.id) & (ProcedureVersion.version == _NEWEST.c.version),
    )
    .order_by(Procedure.name)
)


def valid_ids(unit: Unit) -> list[tuple[str, str, int, int]]:
    """Return key and name of every procedure, the id of its version that is valid now, and its own; by name.

    For what is asked all the time: one statement, and nothing more is read than that.
    """
    return [
        (key, name, version_id, id) for key, name, version_id, id in unit.run(_VALID_IDS, {"now": unit.now})
    ]


def valid_versions(unit: Unit) -> list[ProcedureLine]:
    """Return every procedure with the version that is valid now, by name; one statement."""
    return [ProcedureLine(*row) for row in unit.run(_VALID_VERSIONS, {"now": unit.now})]


def list_valid(unit: Unit, actor: Actor, command: None) -> list[ProcedureLine]:
    """Return every procedure in its valid version; anybody signed in may read procedures."""
    return valid_versions(unit)


def started_by_message(unit: Unit, message: str) -> list[tuple[int, str]]:
    """Return (version id, start event id) of every valid procedure that a message starts."""
    found: list[tuple[int, str]] = []
    for _, _, version_id, _ in valid_ids(unit):
        start = diagram_of(unit, version_id).start_messages.get(message)
        if start is not None:
            found.append((version_id, start))
    return found


def needs_case(diagram: Diagram) -> bool:
    """Tell whether a procedure runs in a case from its start; one that belongs to the municipality, or opens
    or finds the case itself, does not."""
    return diagram.properties.get("hoerer_til", "sag").strip() == "sag" and not diagram.operators & {
        "opret_sag",
        "knyt_sag",
    }


def start_element(diagram: Diagram, at: str | None) -> str:
    """Return the id of the start event to take: the named one, else the only one a person may take.

    Raises Invalid when the name is unknown or several could be meant.
    """
    ids = [start.id for start in diagram.starts]
    if at is not None:
        if at not in ids:
            raise Invalid(f"»{at}« er ikke en start i {diagram.name}.")
        return at
    plain = [start.id for start in diagram.starts if start.message is None] or ids
    if len(plain) != 1:
        raise Invalid(f"{diagram.name} kan startes på flere måder. Vælg en af dem.")
    return plain[0]
