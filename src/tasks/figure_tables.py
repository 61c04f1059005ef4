"""A figure as a table of numbers, and how small numbers in it are hidden so that nobody can work them out.

Shown outside the circle of the case (a file that is taken away, the report to the committee) no number from
one to four stands, and none that one could be worked out from: in every line whose total stands, at least two
parts are hidden, and those together are five or more; else the total is hidden too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

SMALLEST = 5
"""Numbers below this are small (processes.md P19)."""

HIDDEN = "skjult"
TOTAL = "i_alt"
"""Code of the line and of the column with totals."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number; `value` is None when it is hidden."""

    value: int | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a figure."""

    code: str
    label: str
    cells: tuple[Cell, ...]
    total: Cell
    share: float | None = None
    """Part of the whole, 0–1; None when it is hidden or there is nothing to share."""
    amount: Cell = field(default_factory=lambda: Cell(0))
    """Sum of kroner or, in an average, of what is averaged."""


@dataclass(frozen=True, slots=True)
class Table:
    """A figure's numbers: columns with code and label, lines, and the line of totals."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    totals: Row
    suppressed: bool = False


def hidden_cells(numbers: Sequence[Sequence[int]]) -> list[list[bool]]:
    """Return which numbers of a table must be hidden. The last number of each line is its total, and the last
    line the totals (a table of one line or one column has none)."""
    rows, columns = len(numbers), len(numbers[0]) if numbers else 0
    hidden = [[0 < number < SMALLEST for number in line] for line in numbers]
    lines = [[(row, column) for column in range(columns)] for row in range(rows)] if columns > 1 else []
    lines += [[(row, column) for row in range(rows)] for column in range(columns)] if rows > 1 else []
    changed = True
    while changed:
        changed = False
        for line in lines:
            changed = _mend(numbers, hidden, line) or changed
    return hidden


def _mend(numbers: Sequence[Sequence[int]], hidden: list[list[bool]], line: list[tuple[int, int]]) -> bool:
    """Hide one more number of a line when what is hidden in it could be worked out; tell whether one was."""
    *parts, (total_row, total_column) = line
    gone = [place for place in parts if hidden[place[0]][place[1]]]
    total_gone = hidden[total_row][total_column]
    if not gone and not total_gone:
        return False
    small = sum(numbers[row][column] for row, column in gone) < SMALLEST
    if total_gone and gone:
        return False  # two unknowns at the least
    if not total_gone and len(gone) > 1 and not small:
        return False
    left = [place for place in parts if place not in gone and numbers[place[0]][place[1]] > 0]
    if left:
        row, column = min(left, key=lambda place: numbers[place[0]][place[1]])
    elif not total_gone:
        row, column = total_row, total_column
    else:
        return False  # all that stands is nought
    hidden[row][column] = True
    return True


def suppress(table: Table) -> Table:
    """Return the table as it may be shown outside the case's circle."""
    several_columns, several_rows = len(table.columns) > 1, len(table.rows) > 1
    lines = [*table.rows, table.totals] if several_rows else list(table.rows)
    if not lines:
        return replace(table, suppressed=True)
    numbers = [
        [*(cell.value or 0 for cell in line.cells), *([line.total.value or 0] if several_columns else [])]
        for line in lines
    ]
    hidden = hidden_cells(numbers)
    found = [_hide(line, marks, several_columns) for line, marks in zip(lines, hidden, strict=True)]
    if several_rows:
        return replace(table, rows=tuple(found[:-1]), totals=found[-1], suppressed=True)
    only = found[0]
    totals = replace(table.totals, cells=only.cells, total=only.total, share=only.share, amount=only.amount)
    return replace(table, rows=(only,), totals=totals, suppressed=True)


def _hide(line: Row, marks: Sequence[bool], several_columns: bool) -> Row:
    cells = tuple(Cell(None, True) if marks[number] else cell for number, cell in enumerate(line.cells))
    total_gone = marks[-1] if several_columns else marks[0]
    # A share says its part when the whole stands, and a sum of kroner is somebody's when few have part in it.
    return replace(
        line,
        cells=cells,
        total=Cell(None, True) if total_gone else line.total,
        share=None if any(marks) else line.share,
        amount=Cell(None, True) if total_gone else line.amount,
    )
