"""Draws every shipped procedure as bpmn.io shows it: python -m tools.draw_procedures [KEY …]

The pictures go to docs/procedures/, one for each procedure, with a page that shows them all. What keeps a
drawing from being read is told, and tests/procedures/test_drawings.py lets none of it through.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lxml import etree
from playwright.sync_api import sync_playwright

from tools import browser

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = ROOT / "processes"
PICTURES = ROOT / "docs" / "procedures"
VIEWER = ROOT / "node_modules" / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"
LOOK = Path(__file__).with_name("look_at_drawing.js")

NO_DATA_OBJECT = "unresolved reference <"
"""A multi-instance activity names process data, of which nothing is drawn: the viewer looks for a symbol."""

_HEAD = re.compile(r"marker-[a-z0-9]{20,}")

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def diagrams() -> list[Path]:
    """The diagrams that ship, by key."""
    return sorted(PROCESSES.glob("*/*.bpmn"))


class Drawing:
    """One diagram drawn in a page of a real browser."""

    def __init__(self, page: Any, path: Path) -> None:
        """Draw the diagram; raises ValueError when the viewer cannot read it."""
        self._page = page
        answer = page.evaluate("xml => draw(xml)", path.read_text(encoding="utf-8"))
        if answer["error"]:
            raise ValueError(f"{path.name}: {answer['error']}")
        self.warnings = [told for told in answer["warnings"] if not told.startswith(NO_DATA_OBJECT)]
        """What the viewer did not understand."""

    def faults(self) -> list[str]:
        """What keeps the drawing from being read: each with the ids it is about."""
        found: list[str] = self._page.evaluate("() => faults()")
        return found

    def svg(self) -> str:
        """The picture; the same diagram always gives the same."""
        text: str = self._page.evaluate("() => picture()")
        # The viewer gives arrowheads ids by chance.
        heads = {
            name: f"pilespids-{number}" for number, name in enumerate(dict.fromkeys(_HEAD.findall(text)), 1)
        }
        return _HEAD.sub(lambda found: heads[found[0]], text)


@contextmanager
def table(chrome: Any) -> Iterator[Any]:
    """A page on which diagrams can be drawn one after the other."""
    page = chrome.new_page(viewport={"width": 1600, "height": 1000}, locale="da-DK")
    try:
        page.set_content('<div id="canvas" style="width:1600px;height:1000px"></div>')
        page.add_script_tag(path=VIEWER)
        page.add_script_tag(path=LOOK)
        yield page
    finally:
        page.close()


def name_of(path: Path) -> str:
    """The procedure's Danish name, as its diagram has it."""
    # Shipped files; the parser opens nothing outside them all the same.
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    process = etree.parse(path, parser).find(f"{BPMN}process")
    return str(process.get("name")) if process is not None and process.get("name") else path.stem


def _page_of(paths: Sequence[Path]) -> str:
    lines = [
        "# The procedures, drawn",
        "",
        "Made by `python -m tools.draw_procedures` from the diagrams in `processes/`.",
    ]
    for path in paths:
        lines += ["", f"## {name_of(path)}", "", f"![{name_of(path)}]({path.stem}.svg)"]
    return "\n".join(lines) + "\n"


def main(keys: Sequence[str]) -> int:
    """Draw the procedures named, or all; 1 when something keeps one from being read."""
    paths = diagrams()
    chosen = [path for path in paths if not keys or path.stem in keys]
    PICTURES.mkdir(exist_ok=True)
    status = 0
    browser.use_driver()
    with sync_playwright() as playwright:
        found = browser.find()
        chrome = playwright.chromium.launch(
            executable_path=str(found.program),
            args=list(browser.ARGUMENTS),
            env={**os.environ, **found.environment},
        )
        with table(chrome) as page:
            for path in chosen:
                drawing = Drawing(page, path)
                (PICTURES / f"{path.stem}.svg").write_text(drawing.svg() + "\n", encoding="utf-8")
                for fault in [*drawing.warnings, *drawing.faults()]:
                    print(f"{path.relative_to(ROOT)}: {fault}")
                    status = 1
        chrome.close()
    (PICTURES / "README.md").write_text(_page_of(paths), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
