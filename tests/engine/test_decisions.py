"""Decision tables: what they give, what they refuse, and what is found wrong before they are used."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import decisions
from engine.errors import DiagramError, FeelError
from engine.types import Problem
from tests.engine.dmn_text import NAMESPACE, dmn

NOW = datetime(2026, 6, 11, 8, tzinfo=UTC)


def table(*given_: Any, **more: Any) -> decisions.Decision:
    return decisions.read(dmn(*given_, **more))["tabel"]


def decide(decision: decisions.Decision, **data: Any) -> dict[str, Any]:
    return decisions.decide(decision, data, now=NOW)


def problems(*given_: Any, **more: Any) -> list[Problem]:
    return decisions.analyse(dmn(*given_, **more), "tabel.dmn")


def errors(*given_: Any, **more: Any) -> list[str]:
    return [one.text for one in problems(*given_, **more) if one.level == "error"]


def advice(*given_: Any, **more: Any) -> list[str]:
    return [one.text for one in problems(*given_, **more) if one.level == "advice"]


# --- what a table gives ---------------------------------------------------------------------------

PRIORITY = [
    ["true", "-", "1", '"leder"'],
    ["false", '"underretning"', "2", "null"],
    ["false", 'not("underretning")', "3", "naeste"],
]
PRIORITY_COLUMNS: dict[str, Any] = {
    "inputs": [("akut", "boolean"), ("type", "string")],
    "outputs": ["prioritet", "adviser"],
}


def test_a_unique_table_gives_its_one_row() -> None:
    decision = table(PRIORITY, **PRIORITY_COLUMNS)
    assert decide(decision, akut=True, type="x") == {"prioritet": 1, "adviser": "leder"}
    assert decide(decision, akut=False, type="underretning") == {"prioritet": 2, "adviser": None}
    found = decide(decision, akut=False, type="borger", naeste="i morgen")
    assert found == {"prioritet": 3, "adviser": "i morgen"}


def test_no_row_gives_null_by_name_or_the_default() -> None:
    decision = table(PRIORITY, **PRIORITY_COLUMNS)
    assert decide(decision, akut=None, type="x") == {"prioritet": None, "adviser": None}
    content = dmn([["> 5", "1"]]).replace(
        b'<output id="o0" name="svar"/>',
        b'<output id="o0" name="svar"><defaultOutputEntry><text>0</text></defaultOutputEntry></output>',
    )
    assert decide(decisions.read(content)["tabel"], alder=1) == {"svar": 0}
    assert decisions.analyse(content, "x") == []


def test_two_rows_of_a_unique_table_are_an_error_that_names_them() -> None:
    decision = table([["> 5", "1"], ["> 3", "2"], ["> 4", "3"]])
    assert decide(decision, alder=4) == {"svar": 2}
    with pytest.raises(FeelError, match="Beslutningen »Tabel«: række 1, 2 og 3") as caught:
        decide(decision, alder=6)
    assert caught.value.element_id == "tabel"


def test_first_and_collect() -> None:
    rows = [["> 5", "1"], ["> 3", "2"], ["-", "3"]]
    assert decide(table(rows, policy="FIRST"), alder=6) == {"svar": 1}
    assert decide(table(rows, policy="FIRST"), alder=0) == {"svar": 3}
    assert decide(table(rows, policy="COLLECT"), alder=4) == {"svar": [2, 3]}
    assert decide(table(rows[:2], policy="COLLECT"), alder=0) == {"svar": []}
    both = table([["-", "1", '"a"'], ["-", "2", '"b"']], outputs=["x", "y"], policy="COLLECT")
    assert decide(both, alder=0) == {"x": [1, 2], "y": ["a", "b"]}


def test_an_input_meets_its_tests_as_a_feel_value() -> None:
    rows = [['< date("2026-06-01")', '"før"'], ['>= date("2026-06-01")', '"efter"']]
    decision = table(rows, inputs=["dato(moede)"])
    assert decide(decision, moede="2026-05-31") == {"svar": "før"}
    assert decide(decision, moede="2026-05-31T22:00:00Z") == {"svar": "efter"}
    with pytest.raises(FeelError, match="række 1: Dato og tekst kan ikke sammenlignes"):
        decide(table(rows, inputs=["moede"]), moede="2026-05-31")


def test_cells_and_results_may_read_data_and_call_the_calendar() -> None:
    decision = table(
        [["< grænse", "arbejdsdage_efter(i_dag, n)"], ["? >= grænse", "null"]], inputs=["alder(foedt, i_dag)"]
    )
    found = decide(decision, foedt="2020-01-01", grænse=10, n=2)
    assert found == {"svar": "2026-06-15"}


def test_python_in_a_cell_is_only_text() -> None:
    decision = table([["-", '__import__("os").popen("id").read()']])
    with pytest.raises(FeelError, match="findes ikke"):
        decide(decision, alder=1)


def test_a_table_without_inputs_and_empty_cells() -> None:
    assert decide(table([["1"]], inputs=[])) == {"svar": 1}
    assert decide(table([["", ""]])) == {"svar": None}


def test_the_policy_is_unique_when_none_is_written() -> None:
    assert table([["-", "1"]], policy=None).hit_policy == "UNIQUE"


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "piece"),
    [
        (b"", "tom"),
        (b"ikke xml", "ikke gyldig XML"),
        (b"<definitions/>", "ikke en DMN"),
        (f'<definitions xmlns="{NAMESPACE}"><decision id="a"/></definitions>'.encode(), "ikke en tabel"),
        (f'<definitions xmlns="{NAMESPACE}"><decision name="a"/></definitions>'.encode(), "mangler et id"),
        (dmn([["-", "1"]], policy="ANY"), "bruger ANY"),
        (dmn([["-", "1"]], policy="RULE ORDER"), "bruger RULE ORDER"),
        (dmn([["-", "1"]], policy="COLLECT", extra=' aggregation="SUM"'), "regner rækkerne sammen"),
        (dmn([["-", "1", "2"]]), "en celle for hver kolonne"),
        (dmn([["-"]], outputs=[]), "ingen resultatkolonne"),
        (dmn([["-", "1"]] * 201), "for stor"),
        (dmn([["-", "1"]], extra=' expressionLanguage="juel"'), "juel"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><definitions/>', "DOCTYPE"),
    ],
)
def test_files_that_are_refused(content: bytes, piece: str) -> None:
    with pytest.raises(DiagramError) as caught:
        decisions.read(content)
    assert piece in caught.value.message
    (problem,) = decisions.analyse(content, "tabel.dmn")
    assert (problem.file, problem.rule, problem.level) == ("tabel.dmn", "tabel", "error")
    assert piece in problem.text


def test_two_decisions_with_one_id() -> None:
    one = dmn([["-", "1"]]).decode()
    inner = one[one.index("<decision ") : one.index("</definitions>")]
    with pytest.raises(DiagramError, match="samme id"):
        decisions.read(one.replace("</definitions>", f"{inner}</definitions>").encode())


# --- what is found wrong beforehand ---------------------------------------------------------------


def test_a_table_without_faults() -> None:
    assert problems([["< 10", "1"], ["[10..18)", "2"], [">= 18", "3"]]) == []
    assert problems(PRIORITY, **PRIORITY_COLUMNS) == []


@pytest.mark.parametrize(
    ("rows", "column", "piece"),
    [
        ([["< 10", "1"], ["> 10", "2"]], "a", "når a er 10."),
        ([["<= 10", "1"], [">= 11", "2"]], "a", "når a er 10,5."),
        ([["< 0", "1"], ["[1..2]", "2"], ["> 2", "3"]], ("a", "integer"), "når a er 0."),
        ([["true", "1"]], "a", "når a er nej."),
        ([['"x"', "1"]], ("a", "string", '"x", "y"'), "når a er »y«."),
        ([['"x"', "1"]], "a", "en anden værdi end dem"),
        ([['< date("2026-01-01")', "1"], ['> date("2026-01-01")', "2"]], "dato(a)", "er 2026-01-01."),
        ([['<= @"2026-01-01"', "1"], ['> @"2026-01-05"', "2"]], "dato(a)", "er 2026-01-02."),
        ([["? > 3 and ? < 5", "1"], ["<= 3", "2"]], "a", "når a er 5."),
        ([["not(3)", "1"]], "a", "når a er 3."),
    ],
)
def test_gaps(rows: list[list[str]], column: Any, piece: str) -> None:
    (found,) = errors(rows, inputs=[column])
    assert "Ingen række gælder" in found
    assert piece in found
    assert errors(rows, inputs=[column], policy="FIRST") == []
    assert any(piece in text for text in advice(rows, inputs=[column], policy="FIRST"))


def test_overlaps_name_the_rows_and_an_example() -> None:
    (problem,) = problems([["<= 10", "1"], [">= 10", "2"]])
    assert problem.text == "»Tabel«: Række 1 og 2 gælder begge, når alder er 10. Ret dem, så kun én gælder."
    assert (problem.element_id, problem.line, problem.level) == ("r2", 13, "error")
    assert errors([["<= 10", "1"], [">= 10", "2"]], policy="COLLECT") == []
    assert errors([["true", "1"], ["-", "2"]], inputs=["a"])


def test_two_columns_together() -> None:
    columns = [("type", "string", '"a", "b"'), "alder"]
    assert problems([['"a"', "< 10", "1"], ['"a"', ">= 10", "2"], ['"b"', "-", "3"]], inputs=columns) == []
    (gap,) = errors([['"a"', "< 10", "1"], ['"b"', "-", "3"]], inputs=columns)
    assert "når type er »a« og alder er 10." in gap
    overlap = errors([['"a"', "-", "1"], ["-", "< 10", "2"], ['"b"', ">= 10", "3"]], inputs=columns)
    assert overlap == [
        "»Tabel«: Række 1 og 2 gælder begge, når type er »a« og alder er 9. Ret dem, så kun én gælder."
    ]


def test_rows_that_are_never_used() -> None:
    found = advice([["> 10", "1"], ["> 20", "2"], ["-", "3"]], policy="FIRST")
    assert found == ["»Tabel«: Række 2 bliver aldrig brugt. Ret den, eller slet den."]
    rows = [['"a"', "1"], ['"b"', "2"], ['"bb"', "3"]]
    assert "Række 3 bliver aldrig brugt" in advice(rows, inputs=[("x", "string", '"a", "b"')])[0]


def test_a_column_that_cannot_be_looked_through_is_said_and_the_rest_is_still_checked() -> None:
    rows = [['contains(?, "x")', "> 5", "1"], ["-", "> 5", "2"], ["-", "> 4", "3"]]
    found = problems(rows, inputs=["tekst", "alder"])
    assert [one.level for one in found] == ["advice", "error", "error"]
    assert "gør mere end at sammenligne" in found[0].text
    assert "Ingen række gælder, når alder er 3" in found[1].text
    assert "Række 2 og 3 gælder begge" in found[2].text
    assert advice([['"a"', "1"], ["5", "2"]])
    assert advice([["> x", "1"]])
    assert advice([[f"{number}", "1"] for number in range(100)])


def test_broken_cells_are_found_with_their_row() -> None:
    found = problems([["<", "1"], ["ukendt(?)", "1 +"], ["-", "arbejdsdage_eftr(1)"]], inputs=["a b c d ("])
    assert {one.rule for one in found} == {"feel"}
    assert [one.element_id for one in found] == ["tabel", "r1", "r2", "r2", "r3"]
    assert len(problems([["<", "1"]] * 100)) == 21


def test_names_and_results() -> None:
    assert errors([["-", "1", "2"]], outputs=["a b", "for"])
    assert errors([["-", "1", "2"]], outputs=["a", "a"])
    assert errors([]) == ["»Tabel«: Tabellen har ingen rækker. Skriv mindst én."]
    assert "tomt resultat" in advice([["-", ""]])[0]


def test_a_hostile_table_is_answered_in_bounded_time() -> None:
    bomb = "some a in 1..10000, b in 1..10000 satisfies a + b < ?"
    assert advice([[bomb, "1"]])
    many = [[f'"{column}{row}"' for column in range(8)] + ["1"] for row in range(50)]
    assert problems(many, inputs=[f"c{column}" for column in range(8)])
    wide = [["-"] * column + ["true"] + ["-"] * (19 - column) + ["1"] for column in range(20)]
    assert problems(wide, inputs=[f"c{column}" for column in range(20)], policy="FIRST")


cell = st.sampled_from(
    ["-", "< 2", "<= 2", "> 2", ">= 2", "2", "not(2)", "[1..2]", "(1..3)", "1, 3", "< 1, > 3"]
)
word = st.sampled_from(["-", '"a"', '"b"', '"a", "b"', 'not("a")', 'not("a", "b")'])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(cell, word), min_size=1, max_size=4))
def test_what_is_found_is_what_running_every_case_shows(rows: list[tuple[str, str]]) -> None:
    columns = [("n", "integer"), ("t", "string")]
    content = [[*row, "1"] for row in rows]
    decision = table(content, inputs=columns)
    met = [
        decisions.matching(decision, {"n": n, "t": t}, now=NOW)
        for n, t in itertools.product(range(-1, 6), ["a", "b", "c"])
    ]
    found = errors(content, inputs=columns)
    assert any("Ingen række" in text for text in found) == any(not one for one in met)
    assert any("gælder begge" in text for text in found) == any(len(one) > 1 for one in met)
    used = {row for one in met for row in one}
    unused = {text for text in advice(content, inputs=columns) if "aldrig brugt" in text}
    assert len(unused) == len(rows) - len(used)
