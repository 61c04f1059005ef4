"""Which data names are set on every way to a node, whichever way the instance took."""

from __future__ import annotations

from collections.abc import Mapping

from engine.chart import Chart, Node, child, item_name, text_of
from engine.checks.expressions import names_set
from engine.checks.outline import Outline
from engine.checks.tables import Table
from engine.lines import data_entries


def certainly_set(
    chart: Chart, tables: Mapping[str, Table], forms: Mapping[str, Outline], handed_down: frozenset[str]
) -> dict[Node, frozenset[str]]:
    """For each node the names that have a value whenever the node is reached.

    A field counts when its form demands it, an expression always. Where the branches of a split meet, all of
    them have run, so what any of them sets counts; elsewhere only what all ways set.
    """
    written = names_set(chart, tables)
    own = {node: _certain(node, names, forms) for node, names in written.items()}
    everything = frozenset().union(*written.values()) | handed_down
    # All nodes, those with an id that is used twice too: flows may lead through them.
    sure = {node: everything for scope in chart.scopes for node in scope.nodes}
    changed = True
    while changed:
        changed = False
        for node in chart.nodes.values():
            new = _at(node, sure, own, handed_down)
            if new is not None and new != sure[node]:
                sure[node] = new
                changed = True
    return sure


def _at(
    node: Node,
    sure: Mapping[Node, frozenset[str]],
    own: Mapping[Node, frozenset[str]],
    handed_down: frozenset[str],
) -> frozenset[str] | None:
    """The names set where `node` is reached, from what is known of the nodes before it; None when nothing
    leads here."""
    if node.top_start:
        return handed_down
    if node.kind == "startEvent":
        owner = node.scope.owner
        if owner is None:
            return None
        repeat = owner.repeats
        return sure[owner] | ({item_name(repeat, "inputDataItem")} if repeat is not None else set())
    if node.kind == "boundaryEvent":
        return None if node.host is None else sure[node.host]
    ways = [_after(flow.source, sure, own) for flow in node.incoming]
    if not ways:
        return None
    return frozenset().union(*ways) if node.kind == "parallelGateway" else frozenset.intersection(*ways)


def _after(
    node: Node, sure: Mapping[Node, frozenset[str]], own: Mapping[Node, frozenset[str]]
) -> frozenset[str]:
    if node.inside is None or node.repeats is not None:
        return sure[node] | own.get(node, frozenset())
    ends = [end for end in node.inside.ends if end.event not in ("error", "escalation")]
    return frozenset.intersection(*(sure[end] for end in ends)) if ends else sure[node]


def _certain(node: Node, written: frozenset[str], forms: Mapping[str, Outline]) -> frozenset[str]:
    repeat = node.repeats
    if repeat is not None:
        return frozenset(filter(None, [text_of(child(repeat, "loopDataOutputRef"))]))
    form = forms.get(node.properties.get("skema", "").strip())
    if form is None:
        return written
    optional = {
        entry.name
        for entry in data_entries(node.properties.get("data", ""))
        if entry.expression is None and entry.name not in form.demanded
    }
    return written - optional
