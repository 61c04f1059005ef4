"""The health check: what it says of a well service, a late one, and one without a database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from host.health import LATE_SECONDS, NO_DATABASE, Health, health
from host.wiring import connect
from records.schema import downgrade
from tasks import incidents, notices
from tests.engine.drawing import chain, node, timer
from tests.host.stage import BEGINS, Stage, bundle, open_stage, prepare, settings_for


@pytest.fixture
def stage(databases: Any, database_kind: str) -> Iterator[Stage]:
    with open_stage(databases.new(database_kind, prepare)) as stage:
        yield stage


def test_a_service_that_is_well(stage: Stage) -> None:
    assert health(stage.app) == Health(True, True, True, 0.0, 0, 0)


def test_what_waits_is_counted_and_late_timers_are_not_well(stage: Stage) -> None:
    stage.publish(
        bundle(
            "vent",
            node("startEvent", "s")
            + node("intermediateCatchEvent", "t", timer("PT1H"))
            + node("endEvent", "e")
            + chain("s", "t", "e"),
        )
    )
    stage.start("vent", stage.case())
    assert health(stage.app).scheduler_lag_seconds == 0
    with stage.app.database.writing(now=stage.app.now()) as unit:
        incidents.open_incident(unit, "prøve", "Noget", {"gentag": "ingen"})
        notices.send(unit, "advis", [notices.TaskNotice(1, 0, None, "", None)])
    stage.clock.set(BEGINS + timedelta(hours=1, seconds=40))
    assert health(stage.app) == Health(True, True, True, 40.0, 2, 1)
    stage.clock.set(BEGINS + timedelta(hours=1, seconds=LATE_SECONDS + 1))
    assert health(stage.app).ok is False
    stage.app.fire_due()
    assert health(stage.app).ok is True


def test_a_database_of_another_version_is_not_well(databases: Any, database_kind: str) -> None:
    url = databases.new(database_kind, prepare)
    downgrade(url, "base")
    app = connect(settings_for(url))
    assert health(app) == Health(False, True, False, 0.0, 0, 0)
    app.database.close()


@pytest.mark.parametrize(
    "url", ["postgresql://sag@127.0.0.1:1/sag?connect_timeout=2", "sqlite:////findes/ikke/sag.db"]
)
def test_no_database_is_said_and_not_raised(url: str) -> None:
    app = connect(settings_for(url))
    assert health(app) == NO_DATABASE
    app.database.close()
