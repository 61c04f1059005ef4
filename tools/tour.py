"""Makes the pictures of the README's tour from the running program: python -m tools.tour

A throw-away demo municipality plays the first rehearsal of two procedures; then somebody signs in and looks.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from host import demo
from host.app import App
from host.cast import Cast, read_cast, settle
from host.clock import FrozenClock
from host.publishing import publish_bundles
from host.rehearsing import RehearsalStage, scripts_of
from host.settings import read_settings
from host.wiring import open_app, read_bundle, shipped_procedures
from tasks.rehearsal import Rehearsal
from tools import browser
from tools.visitor import Visitor
from web.wsgi import build

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "tour"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WIDTH, HEIGHT = 1200, 800

TOUR = (
    ("worklist", "mette.holm", "/opgaver"),
    ("task", "mette.holm", "/opgaver/2"),
    ("case", "mette.holm", "/sager/2"),
    ("course", "mette.holm", "/sager/2/forloeb"),
    ("procedure", "eva.holst", "/procedurer/opstart_af_sag/1"),
    ("document", "mette.holm", "/dokumenter/2"),
    ("admin", "finn.dahl", "/administration/personer"),
)
"""Name of the picture, who looks, and where; `task` and `document` are found on the way."""


@contextmanager
def municipality() -> Iterator[App]:
    """A throw-away demo municipality in the middle of its work."""
    with tempfile.TemporaryDirectory(prefix="sagsgang-") as folder:
        settings = replace(
            read_settings({"SAG_PROCESSES": str(ROOT / "processes")}, data=Path(folder)), demo=True
        )
        app = open_app(settings, clock=FrozenClock(LONG_AGO))
        try:
            with app.database.writing(now=app.now()) as unit:
                cast: Cast = settle(unit, read_cast(settings.processes), demo.PASSWORD)
            publish_bundles(app, [read_bundle(path) for path in shipped_procedures(settings.processes)])
            for key, keep in (("opstart_af_sag", 8), ("opstart_af_sag", None)):
                script = scripts_of(read_bundle(settings.processes / key))[0]
                shown = {**script, "trin": script["trin"][:keep]}
                Rehearsal(RehearsalStage(app, cast), key, shown).play()
            yield app
        finally:
            app.database.close()


def take(chrome: Browser, base: str) -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    for name, person, address in TOUR:
        page = chrome.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="da-DK")
        visitor = Visitor(page, base)
        visitor.sign_in(person, demo.PASSWORD)
        if name == "task":
            page.locator("table.worklist .row-link").first.click()
        elif name == "document":
            visitor.go("/sager/2/dokumenter")
            page.get_by_role("link", name="Fælles plan").first.click()
        else:
            visitor.go(address)
        if page.locator("[data-form]").count():
            visitor.wait_for_form()
        if page.locator("[data-diagram]").count():
            page.locator("[data-diagram][data-ready]").first.wait_for()
        page.screenshot(path=PICTURES / f"{name}.png")
        page.close()


def main() -> int:
    """Serve the municipality and take the pictures."""
    with municipality() as app:
        server = make_server("127.0.0.1", 0, build(app), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with sync_playwright() as playwright:
                found = browser.find()
                chrome = playwright.chromium.launch(executable_path=str(found.program), args=["--no-sandbox"])
                take(chrome, f"http://127.0.0.1:{server.server_port}")
                chrome.close()
        finally:
            server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
