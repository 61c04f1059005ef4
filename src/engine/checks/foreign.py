"""Tells of what has no effect here: leftovers of other programs, and scripts around a step.

A file is never refused for its origin, and what other programs wrote stays in it untouched.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from engine.chart import Chart, extension, extensions, tag_of
from engine.checks.rules import Findings
from engine.profile import SPIFF_NS

_VENDORS: Final = (
    # Part of the namespace, what people call the program.
    ("camunda.org/schema/1.0", "Camunda 7"),
    ("camunda.org/schema/zeebe", "Camunda 8 (zeebe)"),
    ("camunda.org/schema/modeler", "Camunda Modeler"),
    ("flowable.org", "Flowable"),
    ("activiti.org", "Activiti"),
    ("signavio.com", "Signavio"),
    ("bizagi.com", "Bizagi"),
    ("trisotech.com", "Trisotech"),
    ("jboss.org/drools", "jBPM"),
    ("ibm.com", "IBM BPM"),
    ("oracle.com", "Oracle BPM"),
    ("sap.com", "SAP"),
)
_INSTEAD: Final = {
    # What other programs write, and where it is written here.
    "formKey": "Skriv skemaets navn i egenskaben skema.",
    "formRef": "Skriv skemaets navn i egenskaben skema.",
    "formDefinition": "Skriv skemaets navn i egenskaben skema.",
    "formData": "Lav et skema, og skriv dets navn i egenskaben skema.",
    "assignee": "Læg opgaven i banen for den rolle der skal løse den.",
    "candidateGroups": "Læg opgaven i banen for den rolle der skal løse den.",
    "candidateUsers": "Læg opgaven i banen for den rolle der skal løse den.",
    "assignmentDefinition": "Læg opgaven i banen for den rolle der skal løse den.",
    "dueDate": "Skriv fristen i egenskaben frist.",
    "followUpDate": "Skriv påmindelsen i egenskaben paamindelse.",
    "taskSchedule": "Skriv fristen i egenskaben frist.",
    "class": "Vælg en virkning på trinnet.",
    "delegateExpression": "Vælg en virkning på trinnet.",
    "expression": "Vælg en virkning på trinnet.",
    "topic": "Vælg en virkning på trinnet.",
    "taskDefinition": "Vælg en virkning på trinnet.",
    "decisionRef": "Vælg beslutningstabellen på trinnet.",
    "calledDecision": "Vælg beslutningstabellen på trinnet.",
    "calledElement": "Skriv procedurens navn som det kaldte forløb.",
    "executionListener": "Flyt det den gør, til et trin i forløbet.",
    "taskListener": "Flyt det den gør, til et trin i forløbet.",
    "ioMapping": "Nævn de felter der skal gemmes, i egenskaben data.",
    "inputOutput": "Nævn de felter der skal gemmes, i egenskaben data.",
    "loopCharacteristics": "Skriv listen i gentagelsens liste.",
    "collection": "Skriv listen i gentagelsens liste.",
}
_USED_EXTENSIONS: Final = frozenset(
    {
        "properties",
        "instructionsForEndUser",
        "serviceTaskOperator",
        "calledDecisionId",
        "payloadExpression",
        "messagePayload",
        "messageVariable",
        "variableName",
        "unitTests",
    }
)
_STANDARD: Final = (
    "{http://www.omg.org/spec/",
    "{http://www.w3.org/",
    "{http://bpmn.io/",
    "{" + SPIFF_NS + "}",
)


def check_extensions(chart: Chart, findings: Findings) -> None:
    """Scripts around a step, extensions without effect here, and what other programs have left (kept,
    unused)."""
    unused: dict[str, tuple[int, etree._Element]] = {}
    for item in chart.root.iter(tag=etree.Element):
        if not tag_of(item):
            continue
        for script in ("preScript", "postScript"):
            if extension(item, script) is not None:
                findings.add(
                    "foer-efter-script",
                    f"»{item.get('name') or item.get('id')}« har et skjult {script}. Flyt det til et trin "
                    "med en beregning før eller efter.",
                    element=item,
                )
        for found in extensions(item):
            name = etree.QName(found)
            if name.namespace == SPIFF_NS and name.localname not in _USED_EXTENSIONS | {
                "preScript",
                "postScript",
            }:
                count, first = unused.get(name.localname, (0, item))
                unused[name.localname] = (count + 1, first)
    for word, (count, first) in unused.items():
        findings.add(
            "udvidelse-uden-virkning",
            f"»{word}« står {_times(count)} og har ingen virkning her. Slet det, eller lad det stå.",
            element=first,
        )
    _check_foreign(chart, findings)


def _check_foreign(chart: Chart, findings: Findings) -> None:
    seen: dict[tuple[str, str], tuple[int, etree._Element]] = {}
    for item in chart.root.iter(tag=etree.Element):
        parent = item.getparent()
        # What lies inside another program's element goes with it.
        inside = parent is not None and bool(_vendor(parent.tag))
        for name in () if inside else (item.tag, *map(str, item.attrib)):
            vendor = _vendor(name)
            if vendor:
                word = etree.QName(name).localname
                count, first = seen.get((vendor, word), (0, _owner(item)))
                seen[vendor, word] = (count + 1, first)
    others: dict[str, list[tuple[str, etree._Element]]] = {}
    for (vendor, word), (count, first) in seen.items():
        if word not in _INSTEAD:
            others.setdefault(vendor, []).append((word, first))
            continue
        findings.add(
            "fremmed-udvidelse",
            f"»{word}« fra {vendor} står {_times(count)}; det bevares uændret, men har ingen virkning her. "
            f"{_INSTEAD[word]}",
            element=first,
        )
    for vendor, words in others.items():
        findings.add(
            "fremmed-udvidelse",
            f"{', '.join(f'»{word}«' for word, _ in words)} fra {vendor} bevares uændret, men har ingen "
            "virkning her.",
            element=words[0][1],
        )


def _vendor(full: str) -> str:
    """Whose name this element or attribute has (`{namespace}name`); empty for ours and the standards'."""
    if not full.startswith("{") or full.startswith(_STANDARD):
        return ""
    namespace = etree.QName(full).namespace or ""
    return next((vendor for part, vendor in _VENDORS if part in namespace), namespace)


def _owner(item: etree._Element) -> etree._Element:
    """The nearest BPMN element around `item` that has an id: that is where people find it."""
    found: etree._Element | None = item
    while found is not None and not (tag_of(found) and found.get("id")):
        found = found.getparent()
    return item if found is None else found


def _times(count: int) -> str:
    return "ét sted" if count == 1 else f"{count} steder"
