"""Documents as PDF: each template makes an accessible file of its sample, and none reaches outside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from engine.types import Bundle
from host.printing import Failed, Job, Printed, render, render_all, template_problems
from host.printing.templates import SAMPLE_TITLE, sample_about, sample_jobs
from tests.host.pdf import Pdf

PROCESSES = Path(__file__).resolve().parents[2] / "processes"


def bundle_of(folder: Path) -> Bundle:
    """The documents of a procedure, whether its diagram is there yet or not."""
    files = {
        f"documents/{path.name}": path.read_bytes()
        for path in sorted((folder / "documents").iterdir())
        if path.is_file()
    }
    return Bundle(folder.name, 0, files)


BUNDLES = [bundle_of(path.parent) for path in sorted(PROCESSES.glob("*/documents"))]
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


def words_in(value: Any) -> list[str]:
    """Names and sentences of a sample that people must find in the document."""
    if isinstance(value, dict):
        return [word for inner in value.values() for word in words_in(inner)]
    if isinstance(value, list):
        return [word for inner in value for word in words_in(inner)]
    is_said = isinstance(value, str) and " " in value.strip() and "\n" not in value
    # »fm: Sanne Skov« is a role and a name; the document says the role in words.
    return [" ".join(value.rpartition("fm: ")[2].split())] if is_said else []


def bare(text: str) -> str:
    """A text without what depends on where its lines end."""
    return "".join(sign for sign in text if sign not in " -\u00ad\u2010")


def test_every_template_has_a_sample_and_passes_the_gate() -> None:
    for bundle in BUNDLES:
        kinds = {path.rpartition(".")[0] for path in bundle.files if path.endswith(".typ")}
        assert kinds == {path.rpartition(".")[0] for path in bundle.files if path.endswith(".json")}
    assert [problem for problems in template_problems(BUNDLES) for problem in problems] == []


@pytest.mark.rule("BF-14", "SM-22", "SM-33", "FF-45", "ST-94", "ST-139")
@pytest.mark.parametrize("name", JOBS)
def test_a_document_is_an_accessible_pdf_with_its_data(name: str, printed: Mapping[str, Pdf]) -> None:
    pdf, about = printed[name], JOBS[name].about
    assert bool(pdf.root["/MarkInfo"]["/Marked"])
    assert str(pdf.root["/Lang"]).startswith("da")
    assert bool(pdf.root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert pdf.title == about["titel"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in pdf.identifiers
    assert "<pdfaid:part>2</pdfaid:part>" in pdf.identifiers
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in pdf.identifiers
    levels = [int(tag.kind[1]) for tag in pdf.tags() if tag.kind in ("H1", "H2", "H3")]
    assert all(later - before <= 1 for before, later in zip([0, *levels], levels, strict=False))
    for table in pdf.tags("Table"):
        kinds = [str(inner.get_object()["/S"]) for inner in table.node["/K"]]
        assert kinds[0] == "/THead", name
    assert all("/Alt" in tag.node for tag in pdf.tags("Figure"))
    text = bare(pdf.text)
    missing = [said for said in words_in(about["indhold"]) if bare(said) not in text]
    assert missing == []
    assert about["sagsnummer"] in pdf.text
    assert f"Side 1 af {pdf.pages}" in pdf.text


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
