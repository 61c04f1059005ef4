"""The publishing gate: all checks of one bundle in order, never raising, always ending.

A file is read once; whatever makes further reading pointless (not XML, not BPMN, too large) ends its checks
there.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from engine import diagrams
from engine.chart import Chart, read_chart
from engine.checks import (
    availability,
    events,
    expressions,
    flow,
    foreign,
    start_rule,
    structure,
    tables,
    templates,
    tokens,
    work,
)
from engine.checks.assigned import certainly_set
from engine.checks.disclosure import check_disclosure
from engine.checks.form_expressions import check_form_expressions
from engine.checks.forms import read_form
from engine.checks.kept import check_kept, check_unused_forms
from engine.checks.outline import Outline
from engine.checks.reading import TooSlow, allowance
from engine.checks.rules import Findings, Known, Procedure
from engine.checks.submitted import check_submitted
from engine.checks.tables import Table
from engine.errors import DiagramError, EngineError
from engine.types import Bundle, Problem
from engine.xml import parse_xml

MAX_FILES = 200
"""Forms and tables of one bundle that are looked at."""


def check(bundle: Bundle, *, known: Known) -> list[Problem]:
    """All problems of a bundle, those of the diagram first, in the order of the files' lines.

    Never raises: what the checks themselves stumble over is a problem too (rule `kontrol`).
    """
    try:
        return _check(bundle, known)
    except (Exception, RecursionError) as error:
        return [_gone_wrong(diagram_path(bundle) or bundle.key, error)]


def diagram_path(bundle: Bundle) -> str | None:
    """The bundle's diagram: `<key>.bpmn`, else the first .bpmn by name; None when there is none."""
    paths = sorted(path for path in bundle.files if path.endswith(".bpmn"))
    named = [path for path in paths if posixpath.basename(path) == f"{bundle.key}.bpmn"]
    return next(iter(named or paths), None)


@dataclass(slots=True)
class _Parts:
    """The forms and tables of a bundle, as far as they were read."""

    forms: dict[str, Outline] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    findings: dict[str, Findings] = field(default_factory=dict)


def _check(bundle: Bundle, known: Known) -> list[Problem]:
    path = diagram_path(bundle)
    main = Findings(path or f"{bundle.key}.bpmn")
    parts = _Parts()
    try:
        with allowance():
            _check_all(bundle, path, parts, known, main)
    except TooSlow as error:
        main.add("feel", error.message)
    everything = [main, *(parts.findings[file] for file in sorted(parts.findings))]
    return [problem for findings in everything for problem in sorted(findings.problems, key=_by_line)]


def _check_all(bundle: Bundle, path: str | None, parts: _Parts, known: Known, main: Findings) -> None:
    chart = None
    if path is None:
        main.add("fil", f"Pakken »{bundle.key}« har intet diagram. Læg {bundle.key}.bpmn i den.")
    else:
        chart = _read_diagram(bundle.files[path], main)
    _read_parts(bundle, known, parts)
    if chart is not None and structure.check_size(chart, main):
        _check_chart(chart, bundle, parts, known, main)
    else:
        _check_forms_alone(bundle, parts)


def _check_forms_alone(bundle: Bundle, parts: _Parts) -> None:
    for outline in parts.forms.values():
        check_form_expressions(outline, None, bundle.files[outline.file], parts.findings[outline.file])


def _by_line(problem: Problem) -> tuple[int, int]:
    return (0 if problem.level == "error" else 1, problem.line or 0)


def _read_diagram(content: bytes, findings: Findings) -> Chart | None:
    try:
        root = parse_xml(content)
    except DiagramError as error:
        findings.add(
            "fil",
            f"{error.message} Eksportér diagrammet igen som BPMN 2.0 fra det program det er lavet i.",
            line=error.line,
        )
        return None
    process = structure.find_process(root, findings)
    return None if process is None else read_chart(root, process)


def _read_parts(bundle: Bundle, known: Known, parts: _Parts) -> None:
    for file in sorted(bundle.files)[: MAX_FILES * 2]:
        name, extension = posixpath.splitext(posixpath.basename(file))
        if extension == ".form":
            findings = parts.findings[file] = Findings(file)
            parts.forms[name] = read_form(name, file, bundle.files[file], known, findings)
        elif extension == ".dmn":
            findings = parts.findings[file] = Findings(file)
            for table in tables.read_tables(file, bundle.files[file], findings):
                other = parts.tables.setdefault(table.decision.id, table)
                if other is not table:
                    findings.add(
                        "id-dobbelt",
                        f"Beslutningen »{table.decision.id}« findes også i {other.file}. Giv den et andet "
                        "id.",
                        element_id=table.decision.id,
                        line=table.decision.line,
                    )


def _check_chart(chart: Chart, bundle: Bundle, parts: _Parts, known: Known, main: Findings) -> None:
    structure.check_ids(chart, main)
    structure.check_elements(chart, main)
    flow.check_flow(chart, main)
    events.check_events(chart, main)
    events.check_repetitions(chart, main)
    if not main.errors:
        # A broken net locks its joins for reasons told already.
        tokens.check_joins(chart, main)
    events.check_messages(chart, known, main)
    events.check_calls(chart, bundle.key, known, main)
    work.check_lanes(chart, known, main)
    work.check_tasks(chart, frozenset(parts.forms), main)
    work.check_properties(chart, known, main)
    start_rule.check_start_rule(chart, main)
    work.check_operators(chart, known, main)
    templates.check_templates(chart, bundle, main)
    check_disclosure(chart, main)
    tables.check_decisions(chart, parts.tables, main)
    _check_data(chart, bundle, parts, known, main)
    foreign.check_extensions(chart, main)
    structure.check_drawing(chart, bundle.key, main)
    if not any(findings.errors for findings in (main, *parts.findings.values())):
        _check_engine(bundle, main)


def _check_data(chart: Chart, bundle: Bundle, parts: _Parts, known: Known, main: Findings) -> None:
    written = expressions.names_set(chart, parts.tables)
    names = expressions.Names(chart, bundle.key, known, written)
    fields = {name: frozenset(form.answers) for name, form in parts.forms.items()}
    uses = list(expressions.expressions_of(chart, fields, parts.tables))
    expressions.check_scripts(chart, main)
    expressions.check_written_names(chart, written, main)
    expressions.check_expressions(uses, names, main)
    availability.check_answers(chart, uses, fields, main)
    sure = certainly_set(chart, parts.tables, parts.forms, names.handed_down)
    availability.check_timers(chart, uses, names, sure, main)
    check_kept(chart, parts.forms, main)
    for outline in parts.forms.values():
        check_form_expressions(outline, names, bundle.files[outline.file], parts.findings[outline.file])
    check_submitted(chart, uses, parts.forms, bundle.files, parts.findings, main)
    check_unused_forms(chart, parts.forms, parts.findings)


def _check_engine(bundle: Bundle, findings: Findings) -> None:
    """Let the engine itself read the diagram: the last word on whether it can be run."""
    try:
        diagrams.load(bundle)
    except EngineError as error:
        findings.add(
            "motor",
            f"Motoren afviser diagrammet: {error.message}",
            element_id=error.element_id,
            line=error.line,
        )


def describe(bundle: Bundle) -> Procedure:
    """What other procedures' checks need to know about this one; empty for a file that cannot be read."""
    path = diagram_path(bundle)
    if path is None:
        return Procedure()
    chart = _read_diagram(bundle.files[path], Findings(path))
    if chart is None or not structure.check_size(chart, Findings(path)):
        return Procedure()
    parts = _Parts()
    try:
        with allowance():
            _read_parts(bundle, Known(), parts)
    except TooSlow:
        pass  # the procedure's own check tells
    written = expressions.names_set(chart, parts.tables)
    return Procedure(
        calls=events.called_keys(chart),
        names=frozenset().union(*written.values()),
        receives=events.received_messages(chart),
    )


def check_part(file: str, content: bytes, known: Known) -> list[Problem]:
    """Check one form or decision table by itself."""
    bundle = Bundle("", 0, {file: content})
    parts = _Parts()
    try:
        with allowance():
            _read_parts(bundle, known, parts)
            _check_forms_alone(bundle, parts)
    except TooSlow as error:
        parts.findings[file].add("feel", error.message)
    except (Exception, RecursionError) as error:
        return [_gone_wrong(file, error)]
    return sorted(parts.findings[file].problems, key=_by_line)


def _gone_wrong(file: str, error: BaseException) -> Problem:
    """The gate meets files from anywhere. A fault of ours must refuse the file, not the caller."""
    text = f"Kontrollen gik i stå ({type(error).__name__}). Filen kan ikke offentliggøres; meld fejlen."
    return Problem(file, None, None, "kontrol", text)
