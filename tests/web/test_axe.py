"""axe finds nothing on the pages that people work in, wide or narrow, with a refused form among them."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from tests.web.served import Site

pytestmark = pytest.mark.slow

WIDTHS = (1400, 400)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(page: Any, what: str) -> list[str]:
    """What axe finds on a page as it stands, at each width."""
    found = []
    page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        violations = page.evaluate(
            "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(r => r.violations)",
            RULES,
        )
        found += [f"{what} at {width}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in violations]
    return found


def test_a_form_refused_and_the_lists(site: Site) -> None:
    ida = site.visitor("ida.krag")
    found = findings(ida.page, "an empty list")
    ida.go("/opgaver/begynd")
    found += findings(ida.page, "what can be begun")
    ida.page.get_by_role("button", name="Ny henvendelse").click()
    ida.wait_for_form()
    ida.press("Afslut opgaven")
    ida.problems()
    found += findings(ida.page, "a refused form")
    for address in ("/opgaver", "/procedurer", "/haandbog/handleguide", "/konto", "/findes-ikke"):
        ida.go(address)
        found += findings(ida.page, address)
    assert found == []
