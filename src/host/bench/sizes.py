"""How much is measured: enough for steady medians, or just enough to see that everything runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The number of repetitions and rows."""

    runs: int
    """Completions and starts measured, in each way."""
    warm: int
    """Those before them that do not count."""
    rounds: tuple[int, ...]
    """After how many rounds of a follow-up loop one is measured; the rest are held to the first."""
    pairs: int
    """Rounds measured at each of them."""
    timers: int
    open_tasks: int
    in_my_groups: int
    few_tasks: int
    few_in_my_groups: int
    """A full page, as with many: the tasks behind the page are compared, not the rows on it."""
    lists: int
    """Lists read at each size."""
    clients: int
    seconds: float
    """How long the clients go on."""
    workers: int
    """Processes that fire timers at the same time."""
    processes: tuple[str, ...] = ("sqlite", "postgresql")
    """On which databases servers and workers of their own are measured; in process it is always both."""


FULL = Size(
    runs=300,
    warm=30,
    rounds=(10, 100, 1_000, 3_000, 10_000),
    pairs=60,
    timers=1_000,
    open_tasks=1_000_000,
    in_my_groups=20_000,
    few_tasks=1_000,
    few_in_my_groups=50,
    lists=300,
    clients=4,
    seconds=8.0,
    workers=4,
)

QUICK = Size(
    runs=3,
    warm=1,
    rounds=(3, 6),
    pairs=3,
    timers=12,
    open_tasks=2_000,
    in_my_groups=200,
    few_tasks=200,
    few_in_my_groups=20,
    lists=5,
    clients=4,
    seconds=0.1,
    workers=2,
    processes=("postgresql",),
)
