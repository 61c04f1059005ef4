"""Reads decision tables out of `.dmn` files, as dmn-js writes them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, get_args

from lxml import etree

from engine import feel
from engine.errors import DiagramError
from engine.xml import parse_xml

MAX_RULES: Final = 200
MAX_COLUMNS: Final = 20

HitPolicy = Literal["UNIQUE", "FIRST", "COLLECT"]
HIT_POLICIES: Final[tuple[HitPolicy, ...]] = get_args(HitPolicy)


@dataclass(frozen=True)
class Input:
    """A column that a table decides by."""

    label: str
    expression: str
    type: str
    """`typeRef` in lower case, empty when the table gives none."""
    values: str
    """Unary tests that every possible value passes, such as `"ja", "nej"`; empty when not given."""
    line: int | None


@dataclass(frozen=True)
class Output:
    """A column that a table gives:

    the name under which the value is written, and what it is without a row.
    """

    name: str
    default: str
    line: int | None


@dataclass(frozen=True)
class Rule:
    """A row: one unary test per input, one expression per output. An empty test always holds."""

    id: str
    tests: tuple[str, ...]
    results: tuple[str, ...]
    line: int | None


@dataclass(frozen=True)
class Decision:
    """One decision table."""

    id: str
    name: str
    hit_policy: HitPolicy
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    line: int | None

    @cached_property
    def for_sandbox(self) -> str:
        """Inputs and tests as the JavaScript side takes them."""
        rows = [list(rule.tests) for rule in self.rules]
        return json.dumps({"inputs": [one.expression for one in self.inputs], "rows": rows})

    @cached_property
    def reads(self) -> Mapping[str, frozenset[str] | None]:
        """The names that inputs and tests read, see `feel.Mentions.reads`. Raises FeelError."""
        found: dict[str, frozenset[str] | None] = {}
        for one in self.inputs:
            _add(found, feel.mentions("expression", one.expression).reads)
        for test in {test for rule in self.rules for test in rule.tests if test}:
            _add(found, feel.mentions("unary", test).reads)
        return found


def read(content: bytes) -> dict[str, Decision]:
    """Return the decision tables of one `.dmn` file by their id. Raises DiagramError with the line.

    Understood are tables with FEEL cells and the hit policies UNIQUE, FIRST and COLLECT without an
    aggregator.
    """
    root = parse_xml(content)
    if etree.QName(root).localname != "definitions" or "DMN" not in (etree.QName(root).namespace or ""):
        raise _refused("Filen er ikke en DMN-beslutningstabel.", root)
    found: dict[str, Decision] = {}
    for node in _below(root, "decision"):
        decision = _decision(node)
        if decision.id in found:
            raise _refused(f"To beslutninger har samme id, »{decision.id}«.", node)
        found[decision.id] = decision
    return found


def _decision(node: etree._Element) -> Decision:
    name = node.get("name") or node.get("id") or ""
    if not node.get("id"):
        raise _refused(f"Beslutningen »{name}« mangler et id.", node)
    table = next(_below(node, "decisionTable"), None)
    if table is None:
        raise _refused(f"Beslutningen »{name}« er ikke en tabel.", node)
    _require_feel(table)
    inputs = tuple(_input(one) for one in _below(table, "input"))
    outputs = tuple(_output(one) for one in _below(table, "output"))
    rules = tuple(_rule(one, len(inputs), len(outputs)) for one in _below(table, "rule"))
    if not outputs:
        raise _refused(f"Tabellen »{name}« har ingen resultatkolonne.", table)
    if len(rules) > MAX_RULES or len(inputs) > MAX_COLUMNS or len(outputs) > MAX_COLUMNS:
        raise _refused(
            f"Tabellen »{name}« er for stor (højst {MAX_RULES} rækker og {MAX_COLUMNS} kolonner).", table
        )
    return Decision(
        id=node.get("id", ""),
        name=name,
        hit_policy=_hit_policy(table, name),
        inputs=inputs,
        outputs=outputs,
        rules=rules,
        line=_line(table),
    )


def _hit_policy(table: etree._Element, name: str) -> HitPolicy:
    policy = table.get("hitPolicy", "UNIQUE")
    if table.get("aggregation"):
        text = f"Tabellen »{name}« regner rækkerne sammen ({table.get('aggregation')}). Vælg COLLECT uden."
        raise _refused(text, table)
    for known in HIT_POLICIES:
        if policy == known:
            return known
    raise _refused(f"Tabellen »{name}« bruger {policy}. Vælg {', '.join(HIT_POLICIES)}.", table)


def _input(node: etree._Element) -> Input:
    expression = next(_below(node, "inputExpression"), None)
    if expression is None:
        raise _refused(f"Kolonnen »{node.get('label') or node.get('id')}« mangler et udtryk.", node)
    _require_feel(expression)
    text = _text(expression)
    return Input(
        label=node.get("label") or text,
        expression=text,
        type=(expression.get("typeRef") or "").lower(),
        values=_text(next(_below(node, "inputValues"), None)),
        line=_line(node),
    )


def _output(node: etree._Element) -> Output:
    return Output(
        name=node.get("name") or "",
        default=_text(next(_below(node, "defaultOutputEntry"), None)),
        line=_line(node),
    )


def _rule(node: etree._Element, inputs: int, outputs: int) -> Rule:
    tests = [_entry(one) for one in _below(node, "inputEntry")]
    results = [_entry(one) for one in _below(node, "outputEntry")]
    if len(tests) != inputs or len(results) != outputs:
        raise _refused("En række har ikke en celle for hver kolonne.", node)
    return Rule(
        id=node.get("id") or "",
        tests=tuple("" if one == "-" else one for one in tests),
        results=tuple(results),
        line=_line(node),
    )


def _entry(node: etree._Element) -> str:
    _require_feel(node)
    return _text(node)


def _require_feel(node: etree._Element) -> None:
    language = node.get("expressionLanguage") or ""
    if language and "feel" not in language.lower():
        raise _refused(f"Tabellen bruger sproget »{language}«. Skriv cellerne i FEEL.", node)


def _text(node: etree._Element | None) -> str:
    """The text of a cell: dmn-js puts it in a `text` element."""
    inner = None if node is None else next(_below(node, "text"), None)
    return "" if inner is None else (inner.text or "").strip()


def _below(node: etree._Element, name: str) -> Iterator[etree._Element]:
    """Direct children with this local name, whatever version of DMN they are of."""
    for child in node.iterchildren(tag=etree.Element):
        if etree.QName(child).localname == name:
            yield child


def _line(node: etree._Element) -> int | None:
    line: Any = node.sourceline
    return line if isinstance(line, int) else None


def _refused(message: str, node: etree._Element) -> DiagramError:
    return DiagramError(message, element_id=node.get("id"), line=_line(node))


def _add(found: dict[str, frozenset[str] | None], more: Mapping[str, frozenset[str] | None]) -> None:
    for name, properties in more.items():
        known = found.get(name, frozenset())
        found[name] = None if known is None or properties is None else known | properties
