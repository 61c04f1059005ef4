"""`./sag check` meets files from anywhere: it answers in bounded time, in Danish, never with a traceback."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import checks
from engine.checks import Known, reading
from engine.checks.rules import MAX_PROBLEMS, MAX_TEXT
from engine.operators import OPERATORS
from tests.engine.check_cases import around, catch, script
from tests.engine.check_drawing import (
    HEAD,
    SIMPLE,
    diagram,
    element,
    end,
    field,
    flow,
    flows,
    form,
    start,
    table,
    timer,
    user,
)

FOREIGN = Path(__file__).with_name("foreign")
LIMIT = 20.0
"""Seconds that any file may take, on a busy machine."""

PLAIN = diagram("".join(SIMPLE))


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Every test here is also a test that the answer comes."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LIMIT


def checked(folder: Path, content: bytes, name: str = "proeve.bpmn") -> list[checks.Problem]:
    """Write one file with the form beside it, and check it."""
    (folder / "skema.form").write_bytes(form())
    (folder / name).write_bytes(content)
    return checks.check_files([folder / name])


# --- other programs' files ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["camunda7", "camunda8", "signavio"])
def test_files_of_other_modellers_get_readable_problems(name: str) -> None:
    """Each expected line was read by a person: it names the element and says what to do."""
    problems = checks.check_files([FOREIGN / f"{name}.bpmn"])
    lines = checks.render(problems).replace(f"{FOREIGN}/", "").replace(", ".join(OPERATORS), "[virkninger]")
    assert lines == (FOREIGN / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")
    assert not any(problem.rule in ("fil", "ikke-bpmn", "kontrol", "motor") for problem in problems)


@pytest.mark.parametrize("name", ["camunda7", "camunda8", "signavio"])
def test_nobody_is_refused_for_their_origin(name: str) -> None:
    """Another program's marks are advice: only what the diagram lacks here stops it."""
    problems = checks.check_files([FOREIGN / f"{name}.bpmn"])
    marks = [problem for problem in problems if problem.rule == "fremmed-udvidelse"]
    assert marks
    assert all(problem.level == "advice" for problem in marks)


# --- hostile and broken files ---------------------------------------------------------------------

ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
BROKEN = {
    "empty": b"",
    "blank": b" \n\t\n",
    "text": "Først ringer man til familien.".encode(),
    "binary": random.Random(1).randbytes(50_000),
    "zeros": bytes(100_000),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "gzip": gzip.compress(PLAIN),
    "half": PLAIN[: len(PLAIN) // 2],
    "json": b'{"definitions": []}',
    "html": b"<!DOCTYPE html><html><body><p>Hej<br></body></html>",
    "doctype": b'<!DOCTYPE d SYSTEM "http://example.org/d.dtd">' + PLAIN,
    "external entity": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
    "entity bomb": f"<!DOCTYPE d [{ENTITIES}]><d>&l11;</d>".encode(),
    "quadratic bomb": b'<!DOCTYPE d [<!ENTITY x "' + b"x" * 50_000 + b'">]><d>' + b"&x;" * 20_000 + b"</d>",
    "entity bomb in UTF-16": f"<!DOCTYPE d [{ENTITIES}]><d>&l11;</d>".encode("utf-16"),
    "latin-1 said to be UTF-8": b"<?xml version='1.0' encoding='UTF-8'?><d>\xe6\xf8\xe5</d>",
    "unknown encoding": b"<?xml version='1.0' encoding='x-none'?><d/>",
    "deep": b"<a>" * 100_000 + b"</a>" * 100_000,
    "undeclared prefix": b"<bpmn:definitions/>",
    "another namespace": b'<definitions xmlns="http://schema.omg.org/spec/BPMN/1.0"/>',
    "dmn": table(("-", "1")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_diagram_is_told_in_one_line(name: str, tmp_path: Path) -> None:
    problems = checked(tmp_path, BROKEN[name])
    (problem,) = [each for each in problems if each.level == "error"]
    assert problem.rule in ("fil", "ikke-bpmn")
    assert problem.file == str(tmp_path / "proeve.bpmn")
    assert "/etc/passwd" not in problem.text
    assert len(checks.render([problem]).splitlines()) == 1


def test_a_diagram_in_utf_16_is_a_diagram(tmp_path: Path) -> None:
    assert not checked(tmp_path, b'<?xml version="1.0" encoding="UTF-16"?>'.decode().encode("utf-16") + b"")[
        1:
    ]
    text = '<?xml version="1.0" encoding="UTF-16"?>' + PLAIN.decode()
    assert not checked(tmp_path, text.encode("utf-16"))


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "stor.bpmn"
    with path.open("wb") as file:
        file.write(HEAD.encode())
        for _ in range(100):
            file.write(b"<x/>" * (256 * 1024))
    assert path.stat().st_size > 100_000_000
    began = time.monotonic()
    (problem,) = checks.check_files([path])
    assert time.monotonic() - began < 2
    assert problem.rule == "fil"
    assert "større end 2 MB" in problem.text


def test_a_hundred_megabytes_beside_the_diagram_are_not_read_either(tmp_path: Path) -> None:
    with (tmp_path / "stor.form").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with (tmp_path / "stor.dmn").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    problems = checked(tmp_path, PLAIN)
    assert {Path(each.file).name for each in problems if each.level == "error"} == {"stor.form", "stor.dmn"}


def test_thousands_of_elements_are_too_many(tmp_path: Path) -> None:
    ids = [f"m{number}" for number in range(5000)]
    body = [start(), *(element("manualTask", id) for id in ids), end(), flows("s " + " ".join(ids) + " e")]
    problems = checked(tmp_path, diagram("".join(body), lanes=""))
    assert [problem.rule for problem in problems if problem.level == "error"] == ["for-stort"]


def test_a_chain_as_long_as_the_profile_allows_runs(tmp_path: Path) -> None:
    ids = [f"m{number}" for number in range(298)]
    body = [start(), *(script(f"n{id} = 1", id) for id in ids), end(), flows("s " + " ".join(ids) + " e")]
    problems = checked(tmp_path, diagram("".join(body)))
    assert [problem.rule for problem in problems] == ["skema-ubrugt"]


def test_sub_processes_in_each_other_without_end(tmp_path: Path) -> None:
    deep = "".join(f'<bpmn:subProcess id="d{number}">' for number in range(120)) + "</bpmn:subProcess>" * 120
    problems = checked(tmp_path, diagram(deep))
    assert [problem.rule for problem in problems if problem.level == "error"] == ["for-stort"]


def test_a_procedure_that_calls_itself_is_told(tmp_path: Path) -> None:
    body = around(element("callActivity", "x", calledElement="proeve"))
    problems = checked(tmp_path, diagram("".join(body)))
    assert [problem.rule for problem in problems if problem.level == "error"] == ["kald"]


def test_a_net_of_gateways_ends(tmp_path: Path) -> None:
    """Every gateway leads to every other: more markings than anybody can walk."""
    rng = random.Random(3)
    ids = [f"g{number}" for number in range(120)]
    body = [start(), end(), user("a"), flows("s g0", "a e")]
    for number, id in enumerate(ids):
        kind = rng.choice(["exclusiveGateway", "parallelGateway"])
        targets = {rng.choice(ids[number + 1 :] or ["a"]) for _ in range(3)} | {rng.choice(ids)}
        body.append(element(kind, id))
        body += [flow(id, target) for target in sorted(targets)]
    assert checked(tmp_path, diagram("".join(body)))


def test_a_sound_net_of_many_joins_ends(tmp_path: Path) -> None:
    """Splits and joins in layers, all crossing: sound, and wide enough to meet the walk's own limit."""
    layers = [[f"p{row}_{column}" for column in range(12)] for row in range(12)]
    body = [start(), element("parallelGateway", "del"), element("parallelGateway", "saml"), end()]
    body.append(flows("s del", "saml e"))
    for row, layer in enumerate(layers):
        body += [element("parallelGateway", id) for id in layer]
        for id in layer:
            body += [flow(id, target) for target in (layers[row + 1] if row + 1 < len(layers) else ["saml"])]
    body += [flow("del", id) for id in layers[0]]
    problems = checked(tmp_path, diagram("".join(body)))
    assert not [problem for problem in problems if problem.level == "error"]


SLOW = [
    "(" * 1900 + "1" + ")" * 1900,
    "[" * 900,
    "if " * 300,
    '"' * 999,
    "1 +" * 400,
    "not(" * 500,
    "a[a=" * 500,
]


@pytest.fixture
def short_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than a second for all that is read, so that these tests need no more."""
    monkeypatch.setattr(reading, "SECONDS", 0.3)


@pytest.mark.usefixtures("short_of_time")
def test_expressions_made_to_be_slow_end(tmp_path: Path) -> None:
    lines = "\n".join(f"n{number} = {number} {SLOW[number % len(SLOW)]}" for number in range(400))
    problems = checked(tmp_path, diagram("".join(around(script(lines)))))
    assert reading.TOO_SLOW in [problem.text for problem in problems]


@pytest.mark.usefixtures("short_of_time")
def test_moments_made_to_be_slow_end(tmp_path: Path) -> None:
    ids = [f"t{number}" for number in range(200)]
    slow = [catch(timer(f"={n} + count(for i in 1..100000000 return i)"), id) for n, id in enumerate(ids)]
    body = [start(), *slow, end(), flows("s " + " ".join(ids) + " e")]
    problems = checked(tmp_path, diagram("".join(body)))
    assert reading.TOO_SLOW in [problem.text for problem in problems]


@pytest.mark.usefixtures("short_of_time")
def test_cells_made_to_be_slow_end(tmp_path: Path) -> None:
    rules = [(f"{number} {SLOW[number % len(SLOW)]}", f'{number} + "{number}"') for number in range(200)]
    (tmp_path / "langsom.dmn").write_bytes(table(*rules))
    assert reading.TOO_SLOW in [problem.text for problem in checked(tmp_path, PLAIN)]


@pytest.mark.usefixtures("short_of_time")
def test_conditions_of_forms_made_to_be_slow_end(tmp_path: Path) -> None:
    fields = [
        field(
            f"f{n}",
            conditional={"hide": f"={n} {SLOW[n % len(SLOW)]}"},
            validate={"pattern": f"{n}(a+)+$" * 100},
        )
        for n in range(200)
    ]
    (tmp_path / "langsom.form").write_bytes(form(*fields))
    assert reading.TOO_SLOW in [problem.text for problem in checked(tmp_path, PLAIN)]
    problems = checks.check_files([tmp_path / "langsom.form"])
    assert reading.TOO_SLOW in [problem.text for problem in problems]


def test_a_wide_table_ends(tmp_path: Path) -> None:
    """Twenty tables, all that a file may hold, each with more combinations than anybody looks through."""
    tables = [
        table(*((f"[{n}..{n + 50}]", str(n)) for n in range(100)), hit="UNIQUE", id=f"t{number}")
        for number in range(20)
    ]
    inner = [re.search(rb"<decision .*</decision>", each, re.DOTALL) for each in tables]
    whole = (
        tables[0].replace(inner[0][0], b"".join(found[0] for found in inner if found)) if inner[0] else b""
    )
    (tmp_path / "bred.dmn").write_bytes(whole)
    assert [problem for problem in checked(tmp_path, PLAIN) if problem.rule == "tabel"]


def test_problems_and_their_texts_are_bounded(tmp_path: Path) -> None:
    name = "navn " * 100_000
    properties = "".join(
        f'<spiffworkflow:property name="p{number}" value=""/>' for number in range(2 * MAX_PROBLEMS)
    )
    body = (
        "".join(SIMPLE)
        .replace('name="a"', f'name="{name}"')
        .replace("<spiffworkflow:properties>", f"<spiffworkflow:properties>{properties}")
    )
    problems = checked(tmp_path, diagram(body))
    assert len(problems) <= 2 * MAX_PROBLEMS
    assert max(len(problem.text) for problem in problems) <= MAX_TEXT


def test_names_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    body = (
        "".join(SIMPLE)
        .replace('name="a"', 'name="a&#10;&#x9b;31mrød&#x202e;"')
        .replace('value="skema"', 'value=""')
    )
    problems = checked(tmp_path, diagram(body))
    assert problems
    text = checks.render(problems)
    assert len(text.splitlines()) == len(problems)
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"null", b'{"components": {}}', b'{"components": [[[]]]}']
)
def test_forms_that_are_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "anden.form").write_bytes(content)
    problems = checked(tmp_path, PLAIN)
    assert [problem.rule for problem in problems if problem.level == "error"] == ["skema-ulaeseligt"]


def test_forms_of_the_wrong_types_everywhere(tmp_path: Path) -> None:
    """Each value of a form in turn is something else than it should be."""
    sound = json.loads(
        form(
            {
                "type": "radio",
                "id": "v",
                "key": "v",
                "label": "V",
                "values": [{"value": "a", "label": "A"}],
                "validate": {"required": True, "pattern": "a"},
                "conditional": {"hide": "=a"},
                "properties": {"x": "y"},
            },
            {"type": "dynamiclist", "id": "d", "path": "d", "label": "D", "components": []},
            regler=[{"felt": "v", "krav": "=v", "tekst": "Nej"}],
        )
    )
    for wrong in (None, 0, "", "x" * 10, [], {}, [None], {"a": None}, True):
        for changed in _changed(sound, wrong):
            problems = checks.check_files([_written(tmp_path / "skema.form", changed)])
            assert not any(problem.rule == "kontrol" for problem in problems), changed


def _changed(value: object, wrong: object) -> Iterator[object]:
    """`value` with one part at a time replaced by `wrong`."""
    yield wrong
    if isinstance(value, dict):
        for key, inner in value.items():
            for other in _changed(inner, wrong):
                yield {**value, key: other}
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            for other in _changed(inner, wrong):
                yield [*value[:index], other, *value[index + 1 :]]


def _written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_diagrams_with_parts_torn_out(tmp_path: Path) -> None:
    """Any values in real files may be wrong: there is an answer, and it is never the gate's own fault."""
    rng = random.Random(5)
    files = [PLAIN, *(path.read_bytes() for path in sorted(FOREIGN.glob("*.bpmn")))]
    for content in files:
        pieces = content.decode().split('"')
        for _ in range(60):
            torn = list(pieces)
            for _ in range(rng.randint(1, 3)):
                at = rng.randrange(1, len(torn), 2)
                torn[at] = rng.choice(
                    ["", "a", "s", "e", "æ æ", "Start", "=", "${x}", torn[rng.randrange(1, len(torn), 2)]]
                )
            problems = checked(tmp_path, '"'.join(torn).encode())
            assert not any(problem.rule == "kontrol" for problem in problems)


# --- files and folders ----------------------------------------------------------------------------


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "roer.bpmn")
    (tmp_path / "tom").mkdir()
    problems = checks.check_files(
        [
            tmp_path / "roer.bpmn",
            tmp_path / "væk.bpmn",
            tmp_path / "tom",
            "/dev/zero",
            "a\0b",
            Path("x" * 5000),
        ]
    )
    assert [problem.rule for problem in problems] == ["fil"] * 6
    assert "Filen findes ikke" in problems[1].text


def test_a_folder_stands_for_its_diagrams_and_shared_forms_are_told_once(tmp_path: Path) -> None:
    for name in ("en", "to"):
        (tmp_path / f"{name}.bpmn").write_bytes(diagram("".join(SIMPLE), id=name))
    (tmp_path / "skema.form").write_bytes(b"{}")
    problems = checks.check_files([tmp_path])
    assert [(Path(problem.file).name, problem.rule) for problem in problems] == [
        ("skema.form", "skema-ulaeseligt")
    ]


def test_forms_and_tables_can_be_checked_alone(tmp_path: Path) -> None:
    (tmp_path / "x.form").write_bytes(form({"type": "textfield", "id": "f", "key": "f"}))
    (tmp_path / "x.dmn").write_bytes(table(("[", "1")))
    problems = checks.check_files([tmp_path / "x.form", tmp_path / "x.dmn"])
    assert [(Path(problem.file).name, problem.rule) for problem in problems] == [
        ("x.form", "skema-ledetekst"),
        ("x.dmn", "feel"),
    ]


def test_procedures_beside_are_known(tmp_path: Path) -> None:
    """In a folder of procedures, calls are looked up and names are handed down."""
    for key, body in {
        "ydre": around(
            script("givet = 1", "y"), element("callActivity", "x", calledElement="indre"), ways=("s a y x e",)
        ),
        "indre": around(script("n = givet")),
        "fejl": around(element("callActivity", "x", calledElement="intet")),
    }.items():
        (tmp_path / key).mkdir()
        (tmp_path / key / "skema.form").write_bytes(form())
        (tmp_path / key / f"{key}.bpmn").write_bytes(diagram("".join(body), id=key))
    problems = checks.check_files([tmp_path / "ydre", tmp_path / "indre", tmp_path / "fejl"])
    assert [(Path(problem.file).name, problem.rule, problem.level) for problem in problems] == [
        ("fejl.bpmn", "kald-ukendt", "error")
    ]


def test_what_is_printed(tmp_path: Path) -> None:
    problems = checked(tmp_path, diagram("".join((start(), user("a", frist=""), *SIMPLE[2:]))))
    (line,) = checks.render(problems).splitlines()
    assert line == (
        f"{tmp_path}/proeve.bpmn:4: a: fejl [frist-mangler] Opgaven »a« har ingen frist. Skriv en i "
        "egenskaben frist, fx arbejdsdage_efter(i_dag, 5), eller skriv ingen."
    )
    (entry,) = json.loads(checks.render(problems, json=True))
    assert entry["rule"] == "frist-mangler"
    assert entry["line"] == 4
    assert set(entry) == {"file", "element_id", "line", "rule", "text", "level"}
    assert checks.stops(problems)
    assert checks.render([]) == "Ingen problemer fundet."
    assert json.loads(checks.render([], json=True)) == []
    assert not checks.stops(checks.check_files([tmp_path / "skema.form"], Known()))
