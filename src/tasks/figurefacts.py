"""Figures that procedures leave behind (P19): the property `tal` of a step and the operator `noter_tal`.

Submissions and the case's data are encrypted, so nothing can be counted in them. What is to be counted is
noted here as a short code, a date and a number when the step is done.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, delete

from engine import feel
from engine.errors import EngineError
from engine.figures import KINDS, LONGEST_CODE, PARTS
from engine.lines import data_entries
from engine.types import Element
from records.tables import FigureFact, Instance
from records.unit import Unit
from tasks.casefile import CaseFile
from tasks.people import Actor, today, unit_of_recipient
from tasks.roles import CASEWORKER

_CPR = re.compile(r"\d{6}-?\d{4}")

Figures = Sequence[tuple[str, Mapping[str, Any]]]
"""Kind and parts (`engine.figures.PARTS`) of each figure."""


def mapped_figures(
    unit: Unit, element: Element, context: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the figures that a step's `tal` lines give. Raises EngineError, naming the element."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for entry in data_entries(element.properties.get("tal", "")):
        if entry.expression is None:
            raise EngineError(f"»{element.name}« har en linje i tal uden FEEL.", element_id=element.id)
        try:
            given = feel.evaluate(entry.expression, context, now=unit.now, calendar=unit.calendar)
            values = given if isinstance(given, list) else [given]
            parts = [_parts(value) for value in values]
            # A field left empty is nothing to count.
            found += [
                (entry.name, one) for one in parts if any(part not in (None, "") for part in one.values())
            ]
        except EngineError as error:
            raise EngineError(error.message, element_id=element.id) from error
    return found


def note_figures(
    unit: Unit,
    actor: Actor,
    file: CaseFile,
    instance: Instance,
    figures: Figures,
    task_id: int | None = None,
    *,
    day: date | None = None,
) -> None:
    """Write figures for a step. What the same task noted before is replaced (a correction), and so is an
    earlier figure of the same kind and key in the case, else in the instance. `day` is the local day of what
    says no date itself, by default today.

    Raises EngineError when a kind, a code or a date cannot be used.
    """
    session = unit.session
    if task_id is not None and figures:
        kinds = {kind for kind, _ in figures}
        session.execute(delete(FigureFact).where(FigureFact.task_id == task_id, FigureFact.kind.in_(kinds)))
    for kind, parts in figures:
        row = _row(kind, parts, day or today(unit))
        if row["key"] is not None:
            same = and_(FigureFact.kind == kind, FigureFact.key == row["key"])
            own = (
                FigureFact.case_id == file.case_id
                if file.case_id is not None
                else FigureFact.instance_id == instance.id
            )
            session.execute(delete(FigureFact).where(same, own))
        worker = file.people.get(CASEWORKER)
        unit_id = file.unit_id
        if unit_id is None:
            unit_id = unit_of_recipient(unit, instance.started_by_id or actor.person_id, None)
        row["district"] = row["district"] or (file.case.district if file.case is not None else None)
        session.add(
            FigureFact(
                **row,
                unit_id=unit_id,
                person_id=worker.person_id if worker is not None else actor.person_id,
                case_id=file.case_id,
                instance_id=instance.id,
                task_id=task_id,
                at=unit.now,
            )
        )
    if figures:
        session.flush()


def _parts(value: Any) -> Mapping[str, Any]:
    """Return what a line gave as parts: a code and a number stand alone."""
    if isinstance(value, Mapping):
        unknown = sorted(set(value) - set(PARTS))
        if unknown:
            raise EngineError(f"Et tal kender ikke »{unknown[0]}«. Brug: {', '.join(PARTS)}.")
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"beloeb": value}
    return {"vaerdi": value}


def _row(kind: str, parts: Mapping[str, Any], day: date) -> dict[str, Any]:
    if kind not in KINDS:
        raise EngineError(f"Der er ingen tal af arten »{kind}«.")
    quantity = _whole(kind, parts.get("antal"))
    return {
        "kind": kind,
        "value": _code(kind, parts.get("vaerdi")),
        "split": _code(kind, parts.get("opdeling")),
        "amount": _whole(kind, parts.get("beloeb")),
        "quantity": 1 if quantity is None else quantity,
        "on_date": _day(kind, parts.get("dato")) or day,
        "due_on": _day(kind, parts.get("frist")),
        "district": _code(kind, parts.get("distrikt")),
        "key": _code(kind, parts.get("noegle")),
        "note": str(parts["tekst"]).strip() or None if parts.get("tekst") is not None else None,
    }


def _code(kind: str, value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None if value is None else ("ja" if value else "nej")
    text = str(value).strip()
    if not text:
        return None
    if len(text) > LONGEST_CODE or "\n" in text or _CPR.search(text):
        raise EngineError(
            f"Tallet »{KINDS[kind].label}« har en kode, som ikke er en kort kode. Brug et valg fra en liste."
        )
    return text


def _whole(kind: str, value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        return round(float(value))
    except (TypeError, ValueError, OverflowError):
        raise EngineError(f"Tallet »{KINDS[kind].label}« er ikke et tal: {value}.") from None


def _day(kind: str, value: Any) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise EngineError(f"Tallet »{KINDS[kind].label}« har ingen dato: {value}.") from None
