"""What is measured, against what: figures, medians and percentiles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

Better = Literal["less", "more"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure and its target."""

    row: str
    database: str
    way: str
    """`in process` or `HTTP`."""
    value: float
    unit: str
    """`×` is a ratio: to a bare commit, or to what the row's text names."""
    target: float | None
    aim: float | None = None
    better: Better = "less"
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool | None:
        """Tell whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "less" else self.value >= self.target

    def as_json(self) -> dict[str, Any]:
        """Return the figure as the JSON output has it."""
        return {
            "row": self.row,
            "database": self.database,
            "way": self.way,
            "value": round(self.value, 4),
            "unit": self.unit,
            "target": self.target,
            "aim": self.aim,
            "ok": self.ok,
            **{name: _rounded(value) for name, value in self.detail.items()},
        }


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def percentile(times: Sequence[float], percent: int) -> float:
    """Return the value that so many percent of the times do not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * percent // 100) - 1))]


def milliseconds(seconds: float) -> float:
    """Return seconds as milliseconds."""
    return seconds * 1000


def ratio(times: Sequence[float], unit: Sequence[float]) -> float:
    """Return how many times the median of `unit` the median of `times` is."""
    return median(times) / median(unit)


def interleaved(runs: int, *acts: Callable[[], float]) -> list[list[float]]:
    """Do the acts in turn, so many rounds; return the seconds of each. A noisy neighbour meets all alike."""
    times: list[list[float]] = [[] for _ in acts]
    for _ in range(runs):
        for act, found in zip(acts, times, strict=True):
            found.append(act())
    return times
