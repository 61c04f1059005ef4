"""Looks a decision table through before it is used: cells that cannot be read, gaps and overlapping rows.

The table is the product of its columns; each column is a few sets of rows that hold together
(`decision_points`). What the whole table can meet are the intersections: an empty one is a gap, one with two
rows an overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine import feel
from engine.decision_points import Point, Unclear, cases
from engine.decision_tables import Decision, read
from engine.errors import DiagramError, FeelError
from engine.types import Level, Problem

MAX_CASES: Final = 20_000
MAX_EXAMPLES: Final = 3
MAX_REFUSED: Final = 20
"""Cells of one table that may fail before the rest is left unread: each may cost the sandbox's full time."""


def analyse(content: bytes, file: str) -> list[Problem]:
    """Return what is wrong with the decision tables of the `.dmn` file `file`; never raises for its content.

    Cells that are no FEEL, and gaps and overlaps of a UNIQUE table, are errors. Gaps of FIRST and COLLECT,
    rows that are never used, empty results and columns that cannot be looked through are advice.
    """
    try:
        decisions = read(content)
    except DiagramError as error:
        return [Problem(file, error.element_id, error.line, "tabel", error.message)]
    return [problem for decision in decisions.values() for problem in _Review(decision, file).run()]


@dataclass(frozen=True, slots=True)
class _Column:
    """One column's sets of rows.

    What cannot be looked through is `certain` (rows that hold whatever the value is).
    """

    label: str
    cases: dict[int, Point]
    certain: int | None = None


@dataclass(slots=True)
class _Review:
    decision: Decision
    file: str
    problems: list[Problem] = field(default_factory=list)

    def run(self) -> list[Problem]:
        self._check_names()
        self._check_cells()
        if not self.decision.rules:
            self._add("Tabellen har ingen rækker. Skriv mindst én.")
        elif not any(problem.level == "error" for problem in self.problems):
            try:
                self._compare_rows([self._column(index) for index in range(len(self.decision.inputs))])
            except FeelError as error:
                self._add(f"Cellerne passer ikke til kolonnen: {error.message}", rule="feel")
        return self.problems

    def _add(
        self,
        text: str,
        *,
        rule: str = "tabel",
        row: int | None = None,
        line: int | None = None,
        level: Level = "error",
    ) -> None:
        decision = self.decision
        found = None if row is None else decision.rules[row]
        self.problems.append(
            Problem(
                self.file,
                found.id if found is not None and found.id else decision.id,
                line or (found.line if found is not None else None) or decision.line,
                rule,
                f"»{decision.name}«: {text}",
                level,
            )
        )

    def _check_names(self) -> None:
        seen: set[str] = set()
        for output in self.decision.outputs:
            if not feel.is_name(output.name):
                text = f"Resultatkolonnen »{output.name}« skal have et navn af bogstaver, tal og understreg."
                self._add(text, line=output.line)
            elif output.name in seen:
                text = f"To resultatkolonner hedder »{output.name}«. Giv dem hver sit navn."
                self._add(text, line=output.line)
            seen.add(output.name)

    def _check_cells(self) -> None:
        for number, (text, kind, where, row, line) in enumerate(self._cells()):
            try:
                feel.parse(text, kind)
            except FeelError as error:
                self._add(f"{where}: {error.message}", rule="feel", row=row, line=line)
                refused = sum(problem.rule == "feel" for problem in self.problems)
                if refused >= MAX_REFUSED and number:
                    self._add(f"Flere end {MAX_REFUSED} celler kan ikke læses; resten er ikke kontrolleret.")
                    return
        for row, rule in enumerate(self.decision.rules):
            if not all(rule.results):
                text = f"Række {row + 1} har et tomt resultat. Skriv null, hvis det er meningen."
                self._add(text, row=row, level="advice")

    def _cells(self) -> Iterator[tuple[str, feel.Kind, str, int | None, int | None]]:
        """Every text in the table that must be FEEL: its kind, where it stands, its row and line."""
        for column in self.decision.inputs:
            yield column.expression, "expression", f"Kolonnen »{column.label}«", None, column.line
            if column.values:
                yield column.values, "unary", f"De mulige værdier for »{column.label}«", None, column.line
        for output in self.decision.outputs:
            if output.default:
                yield output.default, "expression", f"Standarden for »{output.name}«", None, output.line
        for row, rule in enumerate(self.decision.rules):
            for test in filter(None, rule.tests):
                yield test, "unary", f"Række {row + 1}, »{test[:60]}«", row, None
            for result in filter(None, rule.results):
                yield result, "expression", f"Række {row + 1}, resultatet »{result[:60]}«", row, None

    def _column(self, index: int) -> _Column:
        column = self.decision.inputs[index]
        tests = [rule.tests[index] for rule in self.decision.rules]
        try:
            return _Column(column.label, cases(column, tests))
        except Unclear as reason:
            text = f"Kolonnen »{column.label}« kan ikke gennemgås for huller og overlap: {reason}"
            self._add(text, line=column.line, level="advice")
            return _Column(column.label, {}, sum(1 << row for row, test in enumerate(tests) if not test))

    def _compare_rows(self, columns: list[_Column]) -> None:
        everything = (1 << len(self.decision.rules)) - 1
        clear = all(column.certain is None for column in columns)
        # A column that could not be looked through is taken at its widest for gaps and at its narrowest for
        # overlaps, so that what is reported is so whatever its value is.
        wide = self._intersections([_assume(column, everything) for column in columns])
        narrow = (
            wide if clear else self._intersections([_assume(column, column.certain) for column in columns])
        )
        if wide is None or narrow is None:
            text = "Tabellen har for mange kombinationer til, at huller og overlap kan findes på forhånd."
            self._add(text, level="advice")
            return
        self._tell_gaps(wide.pop(0, []))
        if self.decision.hit_policy == "UNIQUE":
            self._tell_overlaps(narrow)
        if clear:
            self._tell_unused(wide)

    def _intersections(self, columns: list[_Column]) -> dict[int, list[str]] | None:
        """The sets of rows the table can meet, each with examples in words; None when there are too many."""
        everything = (1 << len(self.decision.rules)) - 1
        met: dict[int, tuple[str, ...]] = {everything: ()}
        gaps: list[str] = []
        for column in columns:
            following: dict[int, tuple[str, ...]] = {}
            for rows, example in met.items():
                for held, point in column.cases.items():
                    told = (*example, f"{column.label} er {point.said}") if len(column.cases) > 1 else example
                    if rows & held:
                        following.setdefault(rows & held, told)
                    elif len(gaps) < MAX_EXAMPLES:
                        gaps.append(" og ".join(told))
            if len(following) > MAX_CASES:
                return None
            met = following
        found = {rows: [" og ".join(example)] for rows, example in met.items()}
        return {**found, 0: gaps} if gaps else found

    def _tell_gaps(self, examples: list[str]) -> None:
        level: Level = "error" if self.decision.hit_policy == "UNIQUE" else "advice"
        if level == "error" and all(output.default for output in self.decision.outputs):
            return
        for example in examples:
            when = f", når {example}" if example else ""
            text = f"Ingen række gælder{when}. Tilføj en række, eller ret en af dem."
            self._add(text, level=level)

    def _tell_overlaps(self, met: dict[int, list[str]]) -> None:
        told: set[tuple[int, int]] = set()
        for rows, examples in met.items():
            first, second = _lowest_two(rows)
            if second is None or (first, second) in told or len(told) >= MAX_EXAMPLES:
                continue
            told.add((first, second))
            when = f", når {examples[0]}" if examples[0] else ""
            text = f"Række {first + 1} og {second + 1} gælder begge{when}. Ret dem, så kun én gælder."
            self._add(text, row=second)

    def _tell_unused(self, met: dict[int, list[str]]) -> None:
        first_only = self.decision.hit_policy == "FIRST"
        used = 0
        for rows in met:
            used |= rows & -rows if first_only else rows
        for row in range(len(self.decision.rules)):
            if not used >> row & 1:
                text = f"Række {row + 1} bliver aldrig brugt. Ret den, eller slet den."
                self._add(text, row=row, level="advice")


def _assume(column: _Column, rows: int | None) -> _Column:
    """The column itself, or one in which just `rows` hold when it could not be looked through."""
    if column.certain is None or rows is None:
        return column
    return _Column(column.label, {rows: Point("null", "")})


def _lowest_two(rows: int) -> tuple[int, int | None]:
    first = (rows & -rows).bit_length() - 1
    rest = rows & (rows - 1)
    return first, (rest & -rest).bit_length() - 1 if rest else None
