"""What every document must be, whatever it is about: accessible, in Danish, with all that it was given, and
with nothing that only a program reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tests.host.pdf import Pdf, Tag

LEFT_OUT: Mapping[str, frozenset[str]] = {
    "ad_hoc_referat": frozenset({"deltagere.rolle"}),
    "anmodningsskema": frozenset({"deltagere.rolle"}),
    "dagsorden": frozenset({"punkter.status", "punkter.materiale"}),
    "faelles_plan": frozenset({"maal.nr"}),
    "handleplan": frozenset({"bestiller_udfoerer.indsats_id", "bestiller_udfoerer.kontrakt"}),
    "netvaerksmoedereferat": frozenset({"deltagere.gruppe"}),
    "ressourcepersonaftale": frozenset({"underskrifter.hvordan"}),
    "udvalgsrapport": frozenset({"tabeller.kolonner"}),
}
"""What a kind is given and does not show: its own keys, what the case keeps for others, and the columns of a
table that has no rows."""

_MONTHS = "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december"
_KEY = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_NOT_DANISH = re.compile(
    r"\b[a-zæøå0-9]+_[a-zæøå0-9_]+\b|\bNone\b|\bnull\b|\btrue\b|\bfalse\b|[{}\[\]]|\b\d{4}-\d\d-\d\d\b"
)
_ALSO_WORDS = ("udsat",)
"""Keys that stand in a sentence of a template as the words they are."""
_PARTS = ("H1", "H2", "H3", "P", "L", "Table", "Figure", "Title", "Caption")


def problems_of(pdf: Pdf, about: Mapping[str, Any], kind: str) -> list[str]:
    """Return what is wrong with a document that says `about`."""
    return [*_unlike_standard(pdf, about), *_structure(pdf), *_content(pdf, about, kind)]


def _unlike_standard(pdf: Pdf, about: Mapping[str, Any]) -> Iterator[str]:
    root = pdf.root
    if not bool(root["/MarkInfo"]["/Marked"]):
        yield "er ikke mærket op"
    if not str(root["/Lang"]).startswith("da"):
        yield f"er på {root['/Lang']}"
    if not bool(root["/ViewerPreferences"]["/DisplayDocTitle"]) or pdf.title != about["titel"]:
        yield f"hedder {pdf.title}"
    for mark in ("<pdfuaid:part>1<", "<pdfaid:part>2<", "<pdfaid:conformance>A<"):
        if mark not in pdf.identifiers:
            yield f"mangler {mark}"


def _structure(pdf: Pdf) -> Iterator[str]:
    tags = pdf.tags()
    levels = [int(tag.kind[1]) for tag in tags if tag.kind in ("H1", "H2", "H3")]
    if any(later - before > 1 for before, later in zip([0, *levels], levels, strict=False)):
        yield f"springer i overskrifter: {levels}"
    parts = [tag for tag in tags if tag.kind in _PARTS and tag.kind != "Title"]
    for tag, after in zip(parts, [*parts[1:], None], strict=True):
        if tag.kind.startswith("H") and (
            after is None or (after.kind.startswith("H") and after.kind <= tag.kind)
        ):
            yield "har en overskrift med intet under"
    for table in pdf.tags("Table"):
        yield from _table(table)
    for listed in pdf.tags("L"):
        if not listed.below("LI") or len(listed.below("LI")) != len(listed.below("LBody")):
            yield "har en liste, der ikke er en liste"
    if any("/Alt" not in tag.node for tag in pdf.tags("Figure")):
        yield "har en figur uden tekst"
    for page, numbers in pdf.marked_content().items():
        if numbers != sorted(numbers):
            yield f"læses i en anden orden, end der står, på side {page}"


def _table(table: Tag) -> Iterator[str]:
    heads = table.below("TH")
    if not table.below("THead") or not heads or not table.below("TBody"):
        yield "har en tabel uden overskrifter"
    if any(not head.node.get("/K") for head in heads):
        yield "har en kolonne uden navn"
    widths = {len(row.below("TH")) + len(row.below("TD")) for row in table.below("TR")}
    if len(widths) != 1:
        yield f"har en tabel med ujævne rækker: {widths}"


def _content(pdf: Pdf, about: Mapping[str, Any], kind: str) -> Iterator[str]:
    words: Mapping[str, str] = about.get("ord", {})
    given = [(path, value) for path, value in _leaves(about["indhold"]) if value not in (None, "")]
    text, shown = pdf.text, bare(pdf.text)
    for path, value in given:
        is_key = isinstance(value, str) and _KEY.fullmatch(value) is not None
        if path in LEFT_OUT.get(kind, ()) or isinstance(value, bool) or is_key:
            continue
        if bare(_as_written(value)) not in shown:
            yield f"viser ikke {path}: {value}"
    said = text
    for phrase in sorted({*words.values(), *(str(value) for _, value in given)}, key=len, reverse=True):
        if not _KEY.fullmatch(phrase):
            said = said.replace(phrase, " ")
    for path, value in given:
        label = words.get(value, "") if isinstance(value, str) and value not in _ALSO_WORDS else ""
        if label and not label.casefold().startswith(value) and re.search(rf"\b{value}\b", said):
            yield f"viser nøglen {path}: {value}"
    if re.search("\\w\u00ad\\w", text):
        yield "har bindestreger, der læses som orddeling"
    yield from (f"viser {found}" for found in _NOT_DANISH.findall(text))
    if f"Side 1 af {pdf.pages}" not in text:
        yield "har ikke sidetal"
    number = about.get("sagsnummer")
    if number and pdf.pages * [number] != re.findall(rf"Sag ({re.escape(number)})", text):
        yield "nævner ikke sagens nummer på hver side"


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield ".".join(path), value


def _as_written(value: Any) -> str:
    """A value as a Dane writes it."""
    if isinstance(value, int | float):
        return f"{value:,}".replace(",", " ").replace(".", ",").replace(" ", ".")
    text = str(value)
    if re.match(r"\d{4}-\d\d-\d\d", text):
        day = date.fromisoformat(text[:10])
        return text[11:16].replace(":", ".") or f"{day.day}. {_MONTHS.split('|')[day.month - 1]} {day.year}"
    # »fm: Sanne Skov« is a role and a name; the document says the role in words.
    return text.replace(":", ".") if re.fullmatch(r"\d\d:\d\d", text) else text.removeprefix("fm: ")


def bare(text: str) -> str:
    """A text without what depends on where its lines end."""
    return "".join(sign for sign in text if not sign.isspace() and sign not in "-\u00ad\u2010").casefold()
