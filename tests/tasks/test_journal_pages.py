"""Pages of the journal: in the order of time, whatever the order in which the entries were written."""

from __future__ import annotations

from datetime import timedelta

from records.tables import JournalEntry
from tasks.casepage import ReadJournal, read_journal
from tests.tasks.stage import Work


def test_no_entry_is_skipped_when_acts_overlapped(work: Work) -> None:
    """The later id has the earlier instant: paging by id alone would lose it."""
    case_id = work.open()
    now = work.app.now()
    with work.app.database.writing(now=now) as unit:
        for number, minutes in enumerate((5, 3, 4, 1, 2, 2)):
            at = now + timedelta(minutes=minutes)
            unit.session.add(JournalEntry(case_id=case_id, at=at, kind="prøve", text=str(number)))
            unit.session.flush()
    read: list[str] = []
    before = None
    while True:
        page = work.run("Mette Holm", read_journal, ReadJournal(case_id, "prøve", before, 1))
        if not page:
            break
        read += [line.text for line in page]
        before = (page[-1].at, page[-1].id)
    assert read == ["0", "2", "1", "5", "4", "3"]
