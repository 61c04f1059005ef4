"""A person at a browser: signs in, fills a form by the names of its fields, moves the demo's clock.

The tests of the pages and the pictures of the tour use the program through it, as a person does: nothing but
what stands on the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from playwright.sync_api import Locator, Page

Answer = str | int | bool | Sequence[str] | Sequence[Mapping[str, Any]]
Answers = Mapping[str, Answer]
"""Name of a field to what is answered: a text, the text of an option, several of them, or rows."""

SHORT = 3_000
"""Milliseconds for what must already be there."""


class Visitor:
    """One person in a browser page of their own."""

    def __init__(self, page: Page, base_url: str) -> None:
        """Use `page` on the program that answers at `base_url`."""
        self.page = page
        self.base_url = base_url
        self.name = ""

    # --- getting around ---------------------------------------------------------------------------

    def go(self, path: str) -> None:
        """Open a page of the program."""
        self.page.goto(self.base_url + path)

    def sign_in(self, username: str, password: str) -> None:
        """Sign in with name and password."""
        self.name = username
        self.go("/log-ind")
        self.page.get_by_label("Brugernavn").fill(username)
        self.page.get_by_label("Adgangskode").fill(password)
        self.page.get_by_role("button", name="Log ind", exact=True).click()
        self.page.wait_for_url(re.compile(r"/opgaver"))

    def sign_out(self) -> None:
        """Sign out from wherever one is."""
        self.page.get_by_role("button", name="Log af").first.click()
        self.page.wait_for_url(re.compile(r"/log-ind"))

    def clock_to(self, text: str) -> None:
        """Move the demo's clock with the bar on top: `10.03.2026 9.00`."""
        self.page.get_by_label("Flyt uret til denne dag").fill(text)
        self.page.get_by_role("button", name="Flyt uret").click()
        self.page.get_by_text("Uret er flyttet").wait_for()

    # --- lists ------------------------------------------------------------------------------------

    def tasks(self, scope: str = "mine") -> list[str]:
        """Return the names of the tasks in one of my lists, from the top."""
        self.go(f"/opgaver?vis={scope}")
        return self.page.locator("table.worklist .row-link").all_inner_texts()

    def row(self, name: str, scope: str = "mine") -> Locator:
        """Return the row of a task in one of my lists."""
        self.go(f"/opgaver?vis={scope}")
        return self.page.locator("table.worklist tr").filter(has=self.page.get_by_role("link", name=name))

    def open_task(self, name: str) -> None:
        """Open one of my tasks from the list."""
        self.go("/opgaver")
        self.page.locator("table.worklist").get_by_role("link", name=name, exact=True).click()
        self.wait_for_form()

    # --- forms ------------------------------------------------------------------------------------

    def wait_for_form(self) -> None:
        """Wait until the form on the page is drawn and listens."""
        self.page.locator("[data-form][data-ready]").wait_for()

    def fill(self, answers: Answers) -> None:
        """Answer fields of the form on the page, in this order."""
        form = self.page.locator(".form-here")
        for name, answer in answers.items():
            self._answer(form, name, answer)

    def remove_row(self, name: str, number: int) -> None:
        """Take a row (from 1) out of a list of rows."""
        rows = self.field(name).locator(".fjs-repeat-row-container")
        left = rows.count() - 1
        rows.nth(number - 1).locator(".fjs-repeat-row-remove").click()
        rows.nth(left).wait_for(state="detached", timeout=SHORT)

    def submit(self, button: str = "Afslut opgaven") -> None:
        """Send the form and wait for the page that follows. Raises AssertionError when it is refused."""
        before = self._told()
        self.press(button)
        self.page.wait_for_function(
            """([address, before]) => {
              const told = document.querySelector('.form-problems:not([hidden])')?.innerText ?? '';
              return location.href !== address || (told !== '' && told !== before);
            }""",
            arg=[self.page.url, before],
        )
        if told := self._told():
            raise AssertionError(f"Formularen blev afvist: {told}")
        self.page.wait_for_load_state()

    def _told(self) -> str:
        box = self.page.locator(".form-problems:not([hidden])")
        return box.inner_text() if box.count() else ""

    def press(self, button: str) -> None:
        """Press the form's button without expecting that it is accepted."""
        self.page.locator("[data-form-submit]").get_by_text(button, exact=True).click()

    def problems(self) -> list[str]:
        """Return what the page says must be put right, waiting for it."""
        box = self.page.locator(".form-problems:not([hidden])")
        box.wait_for()
        return box.locator("li").all_inner_texts()

    def field(self, name: str, within: Locator | None = None) -> Locator:
        """Return the field with this name, with everything that belongs to it."""
        home = within or self.page.locator(".form-here")
        label = home.locator(
            "label, .fjs-form-field-label, .fjs-form-field-grouplist-label, .fjs-form-field-label"
        ).filter(has_text=re.compile(rf"^\s*{re.escape(name)}\s*\*?\s*$"))
        label.first.wait_for(timeout=SHORT)
        return label.first.locator("xpath=ancestor::div[contains(@class,'fjs-form-field')][1]")

    def _answer(self, home: Locator, name: str, answer: Answer) -> None:
        field = self.field(name, home)
        kinds = field.get_attribute("class") or ""
        if isinstance(answer, bool):
            field.locator("input").set_checked(answer)
        elif "fjs-form-field-select" in kinds:
            field.locator("input, .fjs-input-group").first.click()
            self.page.locator(".fjs-dropdownlist-item").get_by_text(str(answer), exact=True).click()
        elif "fjs-form-field-radio" in kinds:
            field.get_by_label(str(answer), exact=True).check()
        elif isinstance(answer, Sequence) and not isinstance(answer, str):
            self._answer_many(field, answer)
        elif "fjs-form-field-datetime" in kinds:
            self._answer_time(field, str(answer))
        else:
            field.locator("input, textarea").first.fill(str(answer))

    def _answer_many(self, field: Locator, answer: Sequence[str] | Sequence[Mapping[str, Any]]) -> None:
        if answer and isinstance(answer[0], str):
            for option in answer:
                field.get_by_label(str(option), exact=True).check()
            return
        rows = field.locator("xpath=./*[contains(@class,'fjs-vertical-layout')]/div").filter(
            has=self.page.locator(".fjs-form-field")
        )
        while rows.count() < len(answer):
            before = rows.count()
            field.locator(".fjs-repeat-render-add").click()
            rows.nth(before).wait_for(timeout=SHORT)
        for number, row in enumerate(answer):
            assert isinstance(row, Mapping)
            for name, value in row.items():
                self._answer(rows.nth(number), name, value)

    def _answer_time(self, field: Locator, answer: str) -> None:
        """Write a date, a time, or both with a space between."""
        day, _, clock = answer.rpartition(" ") if " " in answer else ("", "", answer)
        if "." in clock:
            day, clock = clock, ""
        if day:
            box = field.locator("input").first
            box.fill(day)
            box.press("Enter")
            box.blur()
        if clock:
            box = field.locator("input").last
            box.fill(clock)
            box.press("Enter")
            box.blur()
