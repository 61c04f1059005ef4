"""`./sag trace`: prints what carries each requirement out, and what proves it."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from host.errors import HostError
from host.settings import ROOT, read_settings
from host.wiring import read_bundle, shipped_procedures
from tasks import trace as tracing
from tasks.trace import (
    Place,
    Requirement,
    Traced,
    Waiting,
    assumptions_in,
    homes_in,
    homes_in_code,
    proofs_in,
    proofs_in_tests,
    shares,
    trace,
)
from tasks.yaml_text import read_yaml

REQUIREMENTS = ROOT / "docs" / "requirements.csv"
WAITING = ROOT / "docs" / "requirements_waiting.yaml"

SEEDS = {
    "BF": "Opgavekort: møder i Udviklingsmodellen",
    "FF": "Procedure for Faglig Forum",
    "OS": "Opstart af sag (Sammen om familien)",
    "SM": "Samarbejdsmøder",
    "ST": "Standarder for sagsbehandling",
}
_KINDS = {
    "element": "trin",
    "process": "procedure",
    "form rule": "skemaregel",
    "table": "tabel",
    "clause": "punkt",
    "code": "kode",
    "rehearsal": "gennemspil",
    "test": "test",
}
_SHOWN = 2
"""Homes and proofs named on a line; the rest are counted."""


def read_requirements(file: Path = REQUIREMENTS) -> list[Requirement]:
    """Read the requirements. Raises HostError when the file cannot be read or an id is there twice."""
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            found = [
                Requirement(
                    row["id"],
                    row["kind"],
                    tuple(key.strip() for key in row["process"].split(",") if key.strip()),
                    row["rule_en"],
                    row["acceptance_check"],
                )
                for row in csv.DictReader(rows, delimiter=";")
            ]
    except (OSError, KeyError, csv.Error) as error:
        raise HostError(f"{file} kan ikke læses: {error}") from error
    if len({one.id for one in found}) != len(found):
        raise HostError(f"{file}: et krav står der to gange.")
    return found


def read_waiting(file: Path = WAITING) -> Waiting:
    """Read which requirements wait, and why. Raises HostError."""
    try:
        loaded = read_yaml(file.read_text(encoding="utf-8"))
        return Waiting(loaded["procedurer"], loaded["krav"])
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise HostError(f"{file} kan ikke læses: {error}") from error


def trace_checkout(processes: Path) -> tuple[list[Traced], dict[str, int]]:
    """Return the trace of this checkout with these procedures, and the assumptions per procedure. Raises
    HostError."""
    bundles = [read_bundle(folder) for folder in shipped_procedures(processes)]
    homes: list[tuple[str, Place]] = []
    proofs: list[tuple[str, Place]] = []
    for bundle in bundles:
        homes += homes_in(bundle)
        proofs += proofs_in(bundle)
    for path, source in _python("src", "web"):
        homes += homes_in_code(path, source)
    for path, source in _python("tests"):
        proofs += proofs_in_tests(path, source)
    known = read_requirements()
    lines = trace(known, read_waiting(), homes, proofs)
    unknown = {clause for clause, _ in (*homes, *proofs)} - {one.id for one in known}
    if unknown:
        raise HostError(f"Ukendte krav er nævnt: {', '.join(sorted(unknown))}.")
    return lines, {bundle.key: assumptions_in(bundle) for bundle in bundles}


def _python(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def print_trace(as_json: bool) -> int:
    """Print the trace as text or JSON; return 1 when a requirement that waits for nothing lacks home or
    proof."""
    lines, assumptions = trace_checkout(read_settings(make=False).processes)
    if as_json:
        print(json.dumps(tracing.as_json(lines, assumptions), ensure_ascii=False, indent=1))
    else:
        for line in lines:
            print(_said(line))
        print()
        for text in _summary(lines, assumptions):
            print(text)
    return 1 if any(line.state == "lacking" for line in lines) else 0


def _said(line: Traced) -> str:
    if line.state == "background":
        return f"{line.requirement.id:7} baggrund"
    if line.state == "waiting":
        return f"{line.requirement.id:7} venter: {line.waits_for}"
    mark = "  MANGLER" if line.state == "lacking" else ""
    return f"{line.requirement.id:7} hjem: {_places(line.homes)} | bevis: {_places(line.proofs)}{mark}"


def _places(places: tuple[Place, ...]) -> str:
    if not places:
        return "intet"
    named = "; ".join(f"{_KINDS[one.kind]} {one.where}" for one in places[:_SHOWN])
    more = len(places) - _SHOWN
    return f"{named} (+{more})" if more > 0 else named


def _summary(lines: list[Traced], assumptions: dict[str, int]) -> Iterator[str]:
    for seed, counts in sorted(shares(lines).items()):
        binding = sum(counts.values()) - counts["background"]
        share = 100 * counts["covered"] // binding if binding else 100
        yield (
            f"{seed}  {counts['covered']:3} af {binding:3} dækket ({share} %), {counts['waiting']} venter, "
            f"{counts['lacking']} mangler  – {SEEDS.get(seed, seed)}"
        )
    resting = ", ".join(f"{key} {count}" for key, count in assumptions.items() if count)
    if resting:
        resting = f"{sum(assumptions.values())} ({resting})"
    yield f"Elementer, der bygger på en antagelse: {resting or 'ingen'}."
    for line in lines:
        if line.state == "lacking":
            lacks = [name for name, found in (("hjem", line.homes), ("bevis", line.proofs)) if not found]
            yield f"MANGLER {line.requirement.id} {' og '.join(lacks)}: {line.requirement.rule}"
