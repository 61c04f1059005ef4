"""`./sag bench`: measures row by row, prints a table or JSON, and leaves nothing behind."""

import json
import logging
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType

from host.bench import completing, crowd, firing, rounds, worklist
from host.bench.figures import Figure
from host.bench.places import Places, places
from host.bench.sizes import FULL, QUICK, Size
from host.errors import HostError

Row = Callable[[Places, Size], Iterator[Figure]]

ROWS: Mapping[str, Row] = {
    "complete": completing.measure,
    "rounds": rounds.measure,
    "timers": firing.measure,
    "worklist": worklist.measure,
    "clients": crowd.measure,
}


def run_bench(name: str | None, as_json: bool, quick: bool = False) -> int:
    """Measure one row or all; return 1 when a target is missed. Raises HostError for an unknown row."""
    if name is not None and name not in ROWS:
        raise HostError(f"no such measurement: {name} ({', '.join(ROWS)})")
    logging.getLogger().setLevel(logging.WARNING)
    before = signal.signal(signal.SIGTERM, _stop)  # unwinds like Ctrl-C, so that servers and files go
    try:
        figures = _measured(name, QUICK if quick else FULL, quiet=as_json)
    finally:
        signal.signal(signal.SIGTERM, before)
    if as_json:
        print(json.dumps([figure.as_json() for figure in figures], ensure_ascii=False, indent=1))
    return 1 if any(figure.ok is False for figure in figures) else 0


def _measured(name: str | None, size: Size, *, quiet: bool) -> list[Figure]:
    figures: list[Figure] = []
    with places() as place:
        for row in [name] if name is not None else ROWS:
            for figure in ROWS[row](place, size):
                figures.append(figure)
                if not quiet:
                    _show(figure, first=len(figures) == 1)
    return figures


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show(figure: Figure, *, first: bool) -> None:
    layout = "{:<40} {:<11} {:<14} {:>11} {:>11}  {:<5} {}"
    if first:
        print(layout.format("row", "database", "way", "measured", "target", "", ""))
    sign = "≤" if figure.better == "less" else "≥"
    target = f"{sign} {_number(figure.target)} {figure.unit}" if figure.target is not None else ""
    verdict = {True: "ok", False: "MISS", None: ""}[figure.ok]
    detail = ", ".join(f"{name} {_number(value)}" for name, value in figure.detail.items())
    measured = f"{_number(figure.value)} {figure.unit}"
    line = layout.format(figure.row, figure.database, figure.way, measured, target, verdict, detail)
    print(line.rstrip())
    sys.stdout.flush()


def _number(value: object) -> str:
    return (
        f"{value:,.2f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )
