"""Checks what is kept of answers: only fields that exist, and never a personal number (decisions.md
»Data«)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.chart import Chart, Node, child, extension, text_of
from engine.checks.expressions import payloads_of
from engine.checks.outline import Outline
from engine.checks.reading import fields_of, read
from engine.checks.rules import Findings
from engine.checks.work import by_hand, near, parameters_of
from engine.feel import is_name
from engine.lines import data_entries, script_entries
from engine.profile import CASE_FIELDS, RESERVED_NAMES, TASKS_BY_PEOPLE


def check_kept(chart: Chart, forms: Mapping[str, Outline], findings: Findings) -> None:
    """`data` and `forudfyld` name fields of the step's own form; personal numbers stay in the submission."""
    personal = frozenset().union(*(form.personal for form in forms.values()))
    for node in chart.of_kind(*TASKS_BY_PEOPLE, "startEvent"):
        form_name = node.properties.get("skema", "").strip()
        form = forms.get(form_name)
        if form_name and form is None:
            continue  # told already: the form is not in the bundle
        _check_data(node, form, findings)
        _check_start_values(node, form, findings)
    for node in filter(by_hand, chart.nodes.values()):
        # What a person answers is the message, and that is data of the instance.
        form = forms.get(node.properties.get("skema", "").strip())
        _refuse_personal(node, form.personal if form else frozenset(), findings)
    for node in chart.nodes.values():
        expressions = [
            entry.expression or "" for entry in script_entries(text_of(child(node.element, "script")))
        ]
        for expression in [*expressions, *payloads_of(chart, node)]:
            _refuse_personal(node, fields_of(expression, "svar") & personal, findings)
    for node in chart.of_kind("serviceTask"):
        _check_case_form(chart, node, forms, findings)


def _check_data(node: Node, form: Outline | None, findings: Findings) -> None:
    for entry in data_entries(node.properties.get("data", "")):
        if entry.expression is not None:
            used = read(entry.expression).names | fields_of(entry.expression, "svar")
            _refuse_personal(node, used & (form.personal if form else set()), findings)
        elif not is_name(entry.name) or entry.name in RESERVED_NAMES:
            continue  # told already, with the property
        elif form is None:
            findings.add(
                "data-felt",
                f"{node.Said} gemmer »{entry.name}«, men har intet skema at tage det fra. Vælg et skema, "
                "eller slet det.",
                element=node.element,
            )
        elif entry.name not in form.answers:
            findings.add(
                "data-felt",
                f"{node.Said} gemmer »{entry.name}«, som ikke er et felt i skemaet "
                f"»{form.name}«.{near(entry.name, form.answers)} Ret navnet, eller tilføj feltet.",
                element=node.element,
            )
        else:
            _refuse_personal(node, {entry.name} & form.personal, findings)


def _check_start_values(node: Node, form: Outline | None, findings: Findings) -> None:
    for entry in data_entries(node.properties.get("forudfyld", "")):
        if entry.expression is None:
            text = f"»{entry.name}« i forudfyld på {node.said} er ikke en linje som felt = FEEL. Ret den."
            findings.add("egenskab-vaerdi", text, element=node.element)
        elif form is None or entry.name not in form.answers:
            what = f"et felt i skemaet »{form.name}«" if form else "et felt: der er intet skema"
            findings.add(
                "data-felt",
                f"{node.Said} udfylder »{entry.name}« på forhånd, som ikke er {what}."
                f"{near(entry.name, form.answers) if form else ''} Ret navnet.",
                element=node.element,
            )
        else:
            _refuse_personal(node, {entry.name} & form.personal, findings)


def _refuse_personal(node: Node, names: set[str] | frozenset[str], findings: Findings) -> None:
    for name in sorted(names):
        findings.add(
            "data-personnummer",
            f"{node.Said} gemmer personnummeret »{name}« i forløbet. Lad det blive i skemaet; sagen får "
            "det med virkningen opret_sag.",
            element=node.element,
        )


def _check_case_form(chart: Chart, node: Node, forms: Mapping[str, Outline], findings: Findings) -> None:
    """`opret_sag` takes the child from a form that has its name."""
    operator = extension(node.element, "serviceTaskOperator")
    if operator is None or operator.get("id") != "opret_sag":
        return
    written = re.match(r'\s*"([^"\\]*)"\s*\Z', parameters_of(operator).get("fra", ""))
    source = chart.nodes.get(written[1]) if written else None
    form = forms.get(source.properties.get("skema", "").strip()) if source is not None else None
    if form is None or source is None:
        return
    for name in CASE_FIELDS:
        if name not in form.answers:
            findings.add(
                "parameter",
                f"{node.Said} henter barnet fra {source.said}, men skemaet »{form.name}« har intet felt "
                f"»{name}«. Tilføj feltet.",
                element=node.element,
            )


def check_unused_forms(chart: Chart, forms: Mapping[str, Outline], findings: dict[str, Findings]) -> None:
    """Advice: every form of the bundle is used by a step. `findings` are those of each form by its file."""
    used = {node.properties.get("skema", "").strip() for node in chart.nodes.values()}
    for name, form in forms.items():
        if name not in used:
            findings[form.file].add(
                "skema-ubrugt",
                f"Skemaet »{name}« bruges ikke i forløbet. Vælg det på et trin, eller slet det.",
            )
