"""Makes the pictures of the README's tour from the running program: python -m tools.tour

A throw-away demo municipality with its past, as `./sag` sets it up; then somebody signs in and looks.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from host import demo, story
from host.app import App
from host.settings import read_settings
from host.wiring import open_app
from tools import browser
from tools.visitor import Visitor
from web.wsgi import build

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "tour"
WIDTH, HEIGHT = 1200, 800


class Look(NamedTuple):
    """A picture: who looks, where they begin, and the links they follow from there."""

    name: str
    person: str
    address: str
    links: tuple[str, ...] = ()


TOUR = (
    Look("worklist", "mette.holm", "/opgaver"),
    Look("task", "mette.holm", "/opgaver", ("Forbered barnet/den unge",)),
    Look("case", "mette.holm", "/sager", ("Karl Brandt",)),
    Look("course", "mette.holm", "/sager", ("Villads Nygaard", "§50-undersøgelse")),
    Look("document", "mette.holm", "/sager", ("Liv Skov", "Dokumenter", "Fælles plan")),
    Look("calendar", "erik.boye", "/moeder"),
    Look("agenda", "erik.boye", "/moeder", ("Faglig Forum", "Dagsorden")),
    Look("figures", "birgit.skov", "/tal"),
    Look("procedure", "eva.holst", "/procedurer", ("Opstart af sag",)),
    Look("admin", "finn.dahl", "/administration/personer"),
)


@contextmanager
def municipality() -> Iterator[App]:
    """A throw-away demo municipality in the middle of its work."""
    with tempfile.TemporaryDirectory(prefix="sagsgang-") as folder:
        settings = replace(
            read_settings({"SAG_PROCESSES": str(ROOT / "processes")}, data=Path(folder)), demo=True
        )
        open_app(settings).database.close()
        story.set_up(settings)
        app = open_app(settings)
        try:
            yield app
        finally:
            app.database.close()


def take(chrome: Browser, base: str) -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    for look in TOUR:
        page = chrome.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="da-DK")
        visitor = Visitor(page, base)
        visitor.sign_in(look.person, demo.PASSWORD)
        visitor.go(look.address)
        for name in look.links:
            page.locator("main").get_by_role("link", name=name).first.click()
            page.wait_for_load_state("networkidle")
        if page.locator("[data-form]").count():
            visitor.wait_for_form()
        if page.locator("[data-diagram]").count():
            page.locator("[data-diagram][data-ready]").first.wait_for()
        page.screenshot(path=PICTURES / f"{look.name}.png")
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
