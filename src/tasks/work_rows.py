"""What everything with a due date has in common, whether it is a row of a list or a task itself."""

from datetime import date, datetime
from typing import Protocol


class DueTask(Protocol):
    """A task's dates: legal day, working day (local), and the instant it is due (UTC)."""

    @property
    def due_on(self) -> date | None:
        """The legal date."""

    @property
    def work_on(self) -> date | None:
        """The last working day on or before it."""

    @property
    def due_at(self) -> datetime | None:
        """The instant."""
