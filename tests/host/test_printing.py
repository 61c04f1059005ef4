"""Documents as PDF: each template makes an accessible file of its sample, and none reaches outside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from engine.types import Bundle
from host.printing import Failed, Job, Printed, render, render_all, template_problems
from host.printing.templates import SAMPLE_TITLE, sample_about, sample_jobs
from host.wiring import read_bundle
from tests.host.document_rules import problems_of
from tests.host.pdf import Pdf

PROCESSES = Path(__file__).resolve().parents[2] / "processes"


BUNDLES = [read_bundle(path.parent) for path in sorted(PROCESSES.glob("*/documents"))]
JOBS: dict[str, Job] = {
    f"{bundle.key}/{kind}": job for bundle in BUNDLES for kind, job in sample_jobs(bundle).items()
}


@pytest.fixture(scope="module")
def printed() -> dict[str, Pdf]:
    """Every document of every procedure, made of its sample in one process."""
    made = render_all(list(JOBS.values()))
    failed = {name: one for name, one in zip(JOBS, made, strict=True) if isinstance(one, Failed)}
    assert not failed
    return {name: Pdf(one.content) for name, one in zip(JOBS, made, strict=True) if isinstance(one, Printed)}


def test_every_template_has_a_sample_and_passes_the_gate() -> None:
    for bundle in BUNDLES:
        files = [path.partition(".") for path in bundle.files if path.startswith("documents/")]
        kinds = {name for name, _, ending in files if ending == "typ"}
        assert kinds == {name for name, _, ending in files if ending == "json"}
    assert [problem for problems in template_problems(BUNDLES) for problem in problems] == []


def test_every_sample_makes_an_accessible_danish_document(printed: Mapping[str, Pdf]) -> None:
    assert {
        f"{name}: {problem}"
        for name, pdf in printed.items()
        for problem in problems_of(pdf, JOBS[name].about, JOBS[name].kind)
    } == set()


def test_no_template_needs_what_may_be_left_out() -> None:
    """A document that cannot be made is found out after it was issued."""
    jobs = [
        replace(job, about={**job.about, "indhold": content})
        for job in JOBS.values()
        for content in ({}, emptied(job.about["indhold"]))
    ]
    made = render_all(jobs)
    assert [
        (job.kind, one.text) for job, one in zip(jobs, made, strict=True) if isinstance(one, Failed)
    ] == []


def emptied(value: Any) -> Any:
    """A content of the same shape with nothing in it."""
    if isinstance(value, dict):
        return {name: emptied(inner) for name, inner in value.items()}
    return [emptied(inner) for inner in value if isinstance(inner, dict)] if isinstance(value, list) else None


def test_the_same_version_gives_the_same_bytes() -> None:
    job = JOBS["opstart_af_sag/faelles_plan"]
    first, second = render(job), render(job)
    assert isinstance(first, Printed)
    assert first == second


@pytest.mark.rule("SM-08")
def test_a_draft_says_so() -> None:
    about = sample_about("x", {"tekst": "En tekst."}, draft="Proceduren er ikke skrevet endnu.")
    made = render(Job("x", {}, about, JOBS["opstart_af_sag/faelles_plan"].issued_at))
    assert isinstance(made, Printed)
    pdf = Pdf(made.content)
    assert "Udkast. Proceduren er ikke skrevet endnu." in pdf.text
    assert "En tekst." in pdf.text


def of(template: str, sample: Any = None, **others: str) -> Bundle:
    """A bundle with one template of the kind `proeve`."""
    files = {f"documents/{name.replace('__', '.')}": text.encode() for name, text in others.items()}
    content = json.dumps({"navn": "Liv"} if sample is None else sample, ensure_ascii=False)
    return Bundle(
        "proeve",
        0,
        {"documents/proeve.typ": template.encode(), "documents/proeve.json": content.encode(), **files},
    )


HEAD = '#import "/sagsgang.typ": *\n#show: dokument\n'


@pytest.mark.parametrize(
    ("bundle", "line", "says"),
    [
        (of(HEAD + "\n#indhold.navnet\n"), 4, "feltet »navnet« er ikke i prøven"),
        (of(HEAD + "#findes_ikke\n"), 3, "»findes_ikke« findes ikke"),
        (of(HEAD + "#table(\n"), 3, "en parentes mangler"),
        (of(HEAD + '#read("/etc/passwd")\n'), 3, "filen findes ikke i pakken"),
        (of(HEAD + '#read("../../../etc/passwd")\n'), 3, "Skabelonen kan ikke laves"),
        (of(HEAD + '\n#import "@preview/cetz:0.1.0": *\n'), 4, "henter en pakke udefra"),
        (
            of(
                HEAD + '#image("billede.svg")\n',
                billede__svg="<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
            ),
            3,
            "skærmlæsere",
        ),
        (
            Bundle("proeve", 0, {"documents/proeve.typ": HEAD.encode(), "documents/proeve.json": b"{\n,"}),
            2,
            "gyldig JSON",
        ),
        (of(HEAD, sample=[1]), None, "JSON-objekt"),
    ],
)
def test_the_gate_says_what_is_wrong_and_where(bundle: Bundle, line: int | None, says: str) -> None:
    [[problem]] = template_problems([bundle])
    assert problem.level == "error"
    assert problem.file.startswith("documents/proeve.")
    assert problem.line == line
    assert says in problem.text


def test_values_are_data_and_never_markup() -> None:
    wicked = '#panic("nej") $x$ *fed* = Overskrift @x `kode` #read("/etc/passwd") \\ <a>'
    job = Job(
        "proeve",
        of(HEAD + '#tekst(indhold.navn)\n#tabel((indhold,), ("Navn", "navn"))').files,
        sample_about("proeve", {"navn": wicked, SAMPLE_TITLE: "#panic(1) *titel*"}),
        JOBS["opstart_af_sag/faelles_plan"].issued_at,
    )
    made = render(job)
    assert isinstance(made, Printed), made
    assert Pdf(made.content).text.count('#panic("nej")') == 2


def test_a_template_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    rendering = import_module("host.printing.render")
    monkeypatch.setattr(rendering, "SECONDS", 0)
    monkeypatch.setattr(rendering, "START_SECONDS", 2)
    endless = of(HEAD + "#let x = 0\n#while true { x += 1; if x > 1000 { x = 0 } }\n")
    good = JOBS["opstart_af_sag/faelles_plan"]
    made = render_all([good, Job("proeve", endless.files, sample_about("proeve", {}), good.issued_at)])
    assert isinstance(made[0], Printed)
    assert isinstance(made[1], Failed)


def test_a_kind_without_a_template_is_shown_field_by_field() -> None:
    about = sample_about("notat", {"barnets_perspektiv": "Vil hjem.", "aftaler": [{"hvad": "Ring"}]})
    made = render(Job("notat", {}, about, JOBS["opstart_af_sag/faelles_plan"].issued_at))
    assert isinstance(made, Printed)
    text = Pdf(made.content).text
    assert "Barnets perspektiv" in text
    assert "Ring" in text
