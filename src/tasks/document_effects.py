"""What service tasks do with documents: issue a version, and note whom it was handed out to."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import select

from engine.errors import EngineError
from records.tables import DocumentVersion, Instance, Person
from records.unit import Unit
from tasks import documents, handouts
from tasks.documentjobs import TARGETS
from tasks.documents import NewVersion
from tasks.figure_pages import committee_report
from tasks.people import SYSTEM, today

if TYPE_CHECKING:
    from tasks.outcome import Outcome

Parameters: TypeAlias = Mapping[str, Any]


def issue_document(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """udsted_dokument: a new version of a document, with those who are to have it (OS-27, OS-33, SM-34)."""
    content = given.get("indhold")
    if not isinstance(content, Mapping):
        raise EngineError("Dokumentet har intet indhold.")
    if given.get("tal") is not None:
        content = {
            **content,
            "tabeller": [*_figures(outcome, given["tal"]), *(content.get("tabeller") or [])],
        }
    kind = _kind(given)
    title = str(given.get("titel") or kind)[:200]
    recipients = handouts.recipients_in(given.get("modtagere"))
    way = str(given.get("fremgangsmaade") or documents.PER_CASE)
    named = with_names(outcome.unit, dict(content))
    new = NewVersion(kind, title, named, recipients, way, _targets(given.get("arkiv")))
    version = documents.issue(outcome.unit, outcome.actor, outcome.file, new, instance)
    outcome.journal("dokument", f"{title}, version {version}, udstedt", instance)


def with_names(unit: Unit, content: dict[str, Any]) -> dict[str, Any]:
    """Return the content with the names of those whom rows name by `person` alone: it keeps no ids."""
    wanted = {int(row["person"]) for row in _nameless(content)}
    if not wanted:
        return content
    names = dict(unit.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))).all())

    def named(part: Any) -> Any:
        if isinstance(part, list):
            return [named(one) for one in part]
        if not isinstance(part, Mapping):
            return part
        row = {name: named(value) for name, value in part.items()}
        if not _is_nameless(part):
            return row
        del row["person"]
        return {**row, "navn": names.get(int(part["person"]))}

    made: dict[str, Any] = named(content)
    return made


def _is_nameless(part: Mapping[str, Any]) -> bool:
    return not part.get("navn") and str(part.get("person") or "").isdigit()


def _nameless(part: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, list):
        for one in part:
            yield from _nameless(one)
    elif isinstance(part, Mapping):
        if _is_nameless(part):
            yield part
        for one in part.values():
            yield from _nameless(one)


def _figures(outcome: "Outcome", year: Any) -> list[Any]:
    """Return the tables of the committee's report for a year, small numbers hidden (ST-149)."""
    try:
        number = int(str(year))
        return list(committee_report(outcome.unit, SYSTEM, number)["tabeller"])
    except (ValueError, OverflowError):
        raise EngineError(f"»{year}« er ikke et årstal, der kan laves tal for.") from None


def hand_out_document(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """udlever_dokument: whom the newest version of a document was handed out to (BF-27, BF-39, SM-41)."""
    unit, file = outcome.unit, outcome.file
    kind = _kind(given)
    rows = handouts.handouts_in(given.get("raekker"), today(unit))
    if not rows:
        return
    unit.session.flush()  # it may have been issued in this very act
    document = documents.current_document(unit, file.case_id, kind, instance)
    if document is None:
        raise EngineError(f"Der er ikke udstedt noget dokument af arten »{kind}«, der kan udleveres.")
    version = unit.session.scalars(
        select(DocumentVersion).where(
            DocumentVersion.document_id == document.id, DocumentVersion.version == document.newest
        )
    ).one()
    handouts.note_handouts(unit, outcome.actor, file, document, version, rows)
    people = ", ".join(f"{row.name} ({handouts.WAYS[row.how]})" for row in rows)
    text = f"{document.title}, version {document.newest}, udleveret til {people}"
    outcome.journal("udlevering", text, instance)


def _targets(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    named = [str(one) for one in (value if isinstance(value, list) else [value])]
    unknown = [one for one in named if one not in TARGETS]
    if unknown:
        raise EngineError(f"Arkivet »{unknown[0]}« findes ikke. Vælg blandt: {', '.join(TARGETS)}.")
    return tuple(named)


def _kind(given: Parameters) -> str:
    kind = str(given.get("art") or "").strip()
    if not kind:
        raise EngineError("Systemopgaven mangler »art«.")
    return kind[:60]
