"""Documents as their procedures really issue them: rehearsals are played, and what they issue is made as PDF.

No expectation is looked at, and each is left as soon as it has issued what it is played for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from engine.types import Bundle
from host.clock import FrozenClock
from host.printing import Failed, Job, render_all
from host.rehearsing import LONG_AGO, RehearsalStage, scripts_of, stage_template
from host.settings import ROOT
from host.wiring import connect, read_bundle, shipped_procedures
from records.tables import Document, DocumentVersion, Procedure, ProcedureVersion
from records.unit import Database, Unit
from tasks import printouts
from tasks.people import SYSTEM, Actor
from tasks.printouts import PrintOrder
from tasks.rehearsal import Rehearsal
from tests.host.document_rules import problems_of
from tests.host.pdf import Pdf

PROCESSES = ROOT / "processes"
BUNDLES = [read_bundle(folder) for folder in shipped_procedures(PROCESSES)]

PLAYED: Mapping[str, tuple[str, ...]] = {
    "ad_hoc_gruppe": ("Underretning fra gruppen",),
    "boerne_og_familiemoede": ("Alle seks formål", "Uden foranstaltninger er der ingen"),
    "faglig_forum_moede": ("Mødet flyttes, efter at der er indkaldt",),
    "faglig_forum_sag": ("Der gives en retning uden foranstaltning",),
    "foerste_henvendelse": ("Et dialogmøde ender med", "En underretning fra et møde"),
    "indsats_og_opfoelgning": ("Vurderingen afslutter indsatsen",),
    "initiativ_arbejdsgruppe": ("Front Stage",),
    "ledelsesinformation": ("Årsrapporten godkendes",),
    "loebende_opfoelgning": ("Alle mål er opnået",),
    "netvaerksmoede": ("Mødet planlægges, indkaldes og holdes",),
    "opstart_af_sag": ("Trin 7 – planen kræver en anbringelse",),
    "overgang_18": ("Overdragelse til voksenområdet",),
    "paragraf50_undersoegelse": ("En mindre støtte går til visitation",),
    "ressourceperson_aftale": ("Den unge fylder 15",),
    "revision_af_standarder": ("To år efter den seneste",),
    "samarbejdsmoede": ("En anden faggruppe i runde 2",),
    "tvaerfagligt_dialogmoede": ("Fire enheder med hver sin frist",),
    "visitation": ("Uden pligt og med flere faggrupper",),
}
"""How the names begin of the rehearsals that issue the documents: few, so that it takes seconds."""

Kind = tuple[str, str]
"""Procedure and kind of document."""


def kinds_of(bundle: Bundle) -> set[Kind]:
    """The kinds that a diagram issues."""
    drawn = etree.fromstring(bundle.files[f"{bundle.key}.bpmn"])
    kinds = drawn.xpath("//*[local-name()='serviceTaskOperator'][@id='udsted_dokument']//*[@id='art']/@value")
    return {(bundle.key, str(kind).strip('"')) for kind in kinds}


WANTED = set[Kind]().union(*map(kinds_of, BUNDLES))


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> list[PrintOrder]:
    """What the rehearsals issued, as the printer gets it."""
    file = tmp_path_factory.mktemp("stage") / "stage.db"
    found: list[PrintOrder] = []
    database: Database | None = None
    with stage_template(PROCESSES, BUNDLES) as (settings, cast):
        prepared = settings.database_url.removeprefix("sqlite:///")
        settings = replace(settings, database_url=f"sqlite:///{file}")
        for bundle in BUNDLES:
            for script in scripts_to_play(bundle):
                put_back(prepared, file)
                # One engine for all: it writes each statement once.
                app = connect(settings, clock=FrozenClock(LONG_AGO), database=database)
                database = app.database
                play(Rehearsal(RehearsalStage(app, cast), bundle.key, script), kinds_of(bundle))
                found += app.read(issued_in, SYSTEM, None)
        assert database is not None
        database.close()
    return found


def put_back(prepared: str, file: Path) -> None:
    """Make a stage as it was prepared."""
    with closing(sqlite3.connect(prepared)) as source, closing(sqlite3.connect(file)) as target:
        target.execute("PRAGMA synchronous=OFF")
        source.backup(target)


def scripts_to_play(bundle: Bundle) -> Iterator[dict[str, Any]]:
    scripts = scripts_of(bundle)
    for beginning in PLAYED.get(bundle.key, ()):
        named = [script for script in scripts if str(script["navn"]).startswith(beginning)]
        assert len(named) == 1, f"{bundle.key}: PLAYED names »{beginning}«; choose one that issues documents"
        yield without_looks(named[0])


def without_looks(part: Any) -> Any:
    """A rehearsal without what it expects."""
    if isinstance(part, list):
        return [without_looks(one) for one in part]
    if isinstance(part, dict):
        return {name: without_looks(value) for name, value in part.items() if name != "saa"}
    return part


def play(rehearsal: Rehearsal, wanted: set[Kind]) -> None:
    """Play until all is issued that the procedure issues, or to the end."""
    rehearsal.begin()
    for number, step in enumerate(rehearsal.script["trin"], 1):
        if set(step) - {"i_sag", "den"}:
            rehearsal.step(number, step)
        if {kind for _, kind in wanted} <= rehearsal.stage.read(kinds_in, SYSTEM, rehearsal.procedure):
            return


def kinds_in(unit: Unit, actor: Actor, procedure: str) -> set[str]:
    """The kinds of what a procedure has issued."""
    query = (
        select(Document.kind)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(ProcedureVersion, ProcedureVersion.id == DocumentVersion.procedure_version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(Procedure.key == procedure)
    )
    return set(unit.session.scalars(query))


def issued_in(unit: Unit, actor: Actor, command: None) -> list[PrintOrder]:
    """Every version that there is, as it goes to the printer."""
    return [printouts.order_of(unit, id) for id in unit.session.scalars(select(DocumentVersion.id))]


def kind_of(order: PrintOrder) -> Kind:
    return str(order.about["procedurenoegle"]), order.kind


def test_the_rehearsals_issue_every_kind_of_document(orders: list[PrintOrder]) -> None:
    assert WANTED - {kind_of(order) for order in orders} == set()


@pytest.mark.rule("BF-14", "SM-22", "SM-33", "FF-45", "ST-94", "ST-139")
def test_what_is_issued_is_an_accessible_danish_document_with_all_its_data(orders: list[PrintOrder]) -> None:
    made = render_all(
        [
            Job(one.kind, one.files, {**one.about, "kommune": "Aabenbro Kommune"}, one.issued_at)
            for one in orders
        ]
    )
    wrong = {
        f"{'/'.join(kind_of(order))}: {problem}"
        for order, outcome in zip(orders, made, strict=True)
        for problem in (
            [outcome.text]
            if isinstance(outcome, Failed)
            else problems_of(Pdf(outcome.content), order.about, order.kind)
        )
    }
    assert wrong == set()
