"""The server's answer to a form is the browser's: the same forms and data in form-js and in tasks.forms."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tasks import form_texts, forms
from tests.tasks import form_cases

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
BATCH = 60


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """form-js-viewer and the page's script in one file."""
    programs = sorted(ROOT.glob("node_modules/@esbuild/*/bin/esbuild"))
    assert programs, "esbuild mangler; kør npm ci"
    bundle = tmp_path_factory.mktemp("viewer") / "viewer.js"
    source = Path(__file__).with_name("form_viewer.js")
    command = [programs[0], source, "--bundle", "--format=iife", "--log-level=error", f"--outfile={bundle}"]
    subprocess.run(command, check=True, cwd=ROOT, timeout=60)
    return bundle.read_text(encoding="utf-8")


@pytest.fixture
def form_page(page: Any, viewer: str) -> Any:
    page.clock.set_fixed_time(NOW)
    page.set_content("<!doctype html><html lang='da'><body></body></html>")
    page.add_script_tag(content=viewer)
    return page


def in_browser(form_page: Any, cases: list[form_cases.Case]) -> Iterator[tuple[form_cases.Case, Any]]:
    for first in range(0, len(cases), BATCH):
        some = cases[first : first + BATCH]
        results = form_page.evaluate(
            "([cases, texts]) => window.fill(cases, texts)", [some, form_texts.SAID_BY_FORM_JS]
        )
        yield from zip(some, results, strict=True)


def essence(value: Any) -> Any:
    """Answers without what form-js leaves out: lists without rows, groups and rows without visible fields."""
    if isinstance(value, dict):
        kept = {name: essence(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in ({}, [])}
    if isinstance(value, list):
        rows = [{} if one is None else essence(one) for one in value]
        while rows and rows[-1] == {}:
            rows.pop()
        return rows
    return value


def same(left: Any, right: Any) -> bool:
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def differences(form_page: Any, cases: list[form_cases.Case]) -> list[str]:
    found = []
    for (schema, data), browser in in_browser(form_page, cases):
        form = forms.read(schema)
        # What the browser sends must come back as it is, with the complaints the browser made.
        server = forms.check_answers(form, browser.get("data"), context=data, now=NOW)
        # What the browser was opened with must lead to the same, opened and posted by the server alone.
        start = forms.initial(form, context=data)
        alone = forms.check_answers(form, start, context=data, now=NOW)
        for name, mine in (("sendt", server), ("begyndt", alone)):
            if not same(essence(mine.answers), essence(browser.get("data"))) or dict(
                mine.errors
            ) != browser.get("errors"):
                found.append(
                    f"{name}: {json.dumps(schema['components'], ensure_ascii=False)}\n  data    {data}\n"
                    f"  browser {browser}\n  server  {mine.answers} {dict(mine.errors)}"
                )
                break
    return found


def test_server_and_browser_agree_on_every_type_and_rule(form_page: Any) -> None:
    found = differences(form_page, form_cases.table())
    assert not found, f"{len(found)} uenige:\n" + "\n".join(found[:10])


@pytest.mark.parametrize("seed", [1, 2])
def test_server_and_browser_agree_on_forms_made_by_chance(form_page: Any, seed: int) -> None:
    found = differences(form_page, form_cases.by_chance(60, seed))
    assert not found, f"{len(found)} uenige:\n" + "\n".join(found[:5])
