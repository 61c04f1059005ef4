"""What is answered while there is no connection to the database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.wiring import connect
from tests.web.town import Town, open_town, settings_of, settle_town
from web.wsgi import build

if TYPE_CHECKING:
    from tests.conftest import Databases


@pytest.fixture
def folder(databases: Databases, tmp_path: Path) -> Path:
    """Where the municipality's database lies."""
    url = databases.new("sqlite", settle_town)
    home = tmp_path / "data"
    home.mkdir()
    for file in tmp_path.glob(Path(url.removeprefix("sqlite:///")).name + "*"):
        shutil.move(file, home / ("sag.db" + file.name.partition(".db")[2]))
    return home


@pytest.fixture
def town(folder: Path) -> Iterator[Town]:
    """The municipality with the clock of a demo, which the database knows."""
    opened = open_town(f"sqlite:///{folder / 'sag.db'}")
    app = connect(settings_of(f"sqlite:///{folder / 'sag.db'}"))
    yield Town(app, build(app), opened.cast)
    app.database.close()
    opened.close()


def take_away(town: Town, folder: Path) -> None:
    """Break every connection, and let no new one be made."""
    for engine in town.app.database.engines:
        engine.dispose()
    folder.rename(folder.with_name("away"))
    town.app.clock.forget()


def test_the_page_says_so_and_comes_back(town: Town, folder: Path) -> None:
    mette = town.visitor("mette.holm")
    assert mette.get("/opgaver").status_code == 200
    take_away(town, folder)
    answer = mette.get("/opgaver?vis=grupper")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "<h1>Systemet svarer ikke lige nu</h1>" in answer.text
    assert 'href="/opgaver?vis=grupper"' in answer.text
    assert "Traceback" not in answer.text
    told = mette.client.get("/opgaver", headers={"Accept": "application/json"})
    assert (told.status_code, told.headers["Retry-After"]) == (503, "30")
    assert "ingen forbindelse til databasen" in told.get_json()["message"]
    assert town.flask.test_client().get("/log-ind").status_code == 503
    folder.with_name("away").rename(folder)
    assert mette.get("/opgaver").status_code == 200


def test_the_api_says_so(town: Town, folder: Path) -> None:
    mette = town.caller("mette.holm")
    mette.get("/tasks")
    take_away(town, folder)
    for answer in (mette.call("GET", "/tasks"), mette.call("POST", "/cases", {"child_name": "Liv"})):
        assert answer.status_code == 503
        assert answer.content_type == "application/problem+json"
        assert answer.headers["Retry-After"] == "30"
