"""Drafts of procedures in a rehearsal.

    udkast: {procedure: netvaerksmoede, af: Eva Holst, ret: {netvaerksmoede.bpmn: [fra, til]}, fejl: []}

makes the procedure's draft, or changes it: in each file the first text becomes the second. `fejl` are what
its check found (texts, or none); left out, it is not checked.

    udkast: [{procedure: netvaerksmoede, status: udgivet, version: 2, godkendt_af: [Birgit Skov]}]

among what must be true: the newest draft of a procedure, each with what is named of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.types import Problem
from records.unit import Unit
from tasks import revisions
from tasks.people import SYSTEM, Actor
from tasks.revisions import ChangeDraft, MakeDraft, NoteCheck


def draft(unit: Unit, actor: Actor, given: Mapping[str, Any]) -> None:
    """Make or change a draft as a rehearsal says. Raises what the use cases raise."""
    key = str(given["procedure"])
    known = revisions.open_draft(unit, key)
    sheet = (
        revisions.make_draft(unit, actor, MakeDraft(key))
        if known is None
        else revisions.read_draft(unit, actor, known.id)[0]
    )
    files = revisions.read_draft(unit, actor, sheet.id)[1].files
    changed = {path: _put(files[path], *texts) for path, texts in (given.get("ret") or {}).items()}
    sheet = revisions.change_draft(unit, actor, ChangeDraft(sheet.id, changed))
    if "fejl" in given:
        found = tuple(Problem(f"{key}.bpmn", None, None, "gennemspil", str(text)) for text in given["fejl"])
        revisions.note_check(unit, actor, NoteCheck(sheet.id, sheet.hash, found))


def _put(content: bytes, old: str, new: str) -> bytes:
    text = content.decode()
    if old not in text:
        raise LookupError(f"filen har ikke teksten »{old}«")
    return text.replace(old, new).encode()


def _drafts(unit: Unit, scene: Any, expected: Any, stage: Any) -> list[str]:
    problems: list[str] = []
    for wanted in expected or ():
        sheets = revisions.list_drafts(unit, SYSTEM, str(wanted["procedure"]))
        if not sheets:
            problems.append(f"{wanted['procedure']} har intet udkast")
            continue
        found = {
            "status": sheets[0].status,
            "version": sheets[0].version,
            "godkendt_af": list(sheets[0].approved_by),
        }
        problems += [
            f"udkastet til {wanted['procedure']}: {name} er {found.get(name)}, ikke {value}"
            for name, value in wanted.items()
            if name != "procedure" and found.get(name) != value
        ]
    return problems


DRAFT_CHECKS: Mapping[str, Callable[[Unit, Any, Any, Any], list[str]]] = {"udkast": _drafts}
"""Word in a rehearsal → what finds the differences, in Danish."""
