"""The demo has a past: a dozen cases at different points, with work that is late and work that is to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from host import demo, story
from host.app import App
from host.errors import HostError
from host.wiring import open_app
from records.tables import Case, Child, Incident, Instance, Meeting, Person, RegisterRow, Task
from tests.conftest import Databases
from tests.host.stage import settings_for

pytestmark = pytest.mark.slow


@pytest.fixture
def living(databases: Databases) -> Iterator[App]:
    """The demo as `./sag` sets it up, with a clock that goes."""
    settings = settings_for(databases.new("sqlite"), demo=True)
    open_app(settings).database.close()
    story.set_up(settings)
    app = open_app(settings)
    yield app
    app.database.close()


def test_the_demo_begins_in_the_middle_of_its_work_and_goes_on(living: App) -> None:
    told = story.read_story(living.settings.processes)
    assert told is not None
    assert timedelta(0) <= living.now() - told.stands < timedelta(minutes=2)
    with living.database.reading(now=living.now()) as unit:
        session = unit.session
        assert session.scalar(select(func.count()).select_from(Case)) >= 12
        names = session.scalars(select(Child.name)).all()
        assert len(set(names)) == len(names), "each case is about a child of its own"
        running = session.scalars(select(Instance.version_id).where(Instance.status == "igang")).all()
        assert len(set(running)) >= 8, "at different points of different procedures"
        open_tasks = session.scalars(select(Task).where(Task.status == "aaben")).all()
        late = [task for task in open_tasks if task.due_at is not None and task.due_at < unit.now]
        assert len(late) >= 3
        assert len(open_tasks) > len(late)
        assert session.scalars(select(Incident.text).where(Incident.resolved_at.is_(None))).all() == []
        assert session.scalar(select(func.count()).select_from(RegisterRow)) > 0
        assert session.scalar(select(func.count()).select_from(Person)) > 30
        [meeting] = session.scalars(select(Meeting).where(Meeting.status == "indkaldt"))
        chair = session.get_one(Person, meeting.chair_id)
        assert chair.name == "Emil Bang", "the rådgiver has delegated the chair"
    assert demo.move_clock(living, told.stands + timedelta(days=3)) > 0, "something falls due on the way"
    with living.database.reading(now=living.now()) as unit:
        assert unit.session.scalars(select(Incident.text).where(Incident.resolved_at.is_(None))).all() == []


def test_a_story_that_names_what_is_not_there_is_told_of(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("processes")
    (folder / "demo.yaml").write_text("begynder: 2026-01-12\nforloeb: []\n", encoding="utf-8")
    with pytest.raises(HostError, match=r"demo\.yaml"):
        story.read_story(folder)
