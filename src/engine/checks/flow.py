"""Checks the way through a diagram: that it begins, ends, can be walked, and cannot spin."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.chart import Chart, Flow, Node, Scope
from engine.checks.rules import Findings
from engine.profile import GATEWAYS

_CHOICES = ("exclusiveGateway", "inclusiveGateway", "complexGateway")


def check_flow(chart: Chart, findings: Findings) -> None:
    """All rules about flows, gateways and reachability, scope by scope."""
    for element, text in chart.broken_flows:
        name = element.get("name") or element.get("id") or "uden id"
        findings.add("pil", f"Pilen »{name}« {text}. Slet den, eller tegn den igen.", element=element)
    for scope in chart.scopes:
        if scope.owner is not None and scope.owner.kind == "adHocSubProcess":
            continue  # outside the profile; its content has neither start nor end
        _check_ends(scope, findings)
        for node in scope.nodes:
            _check_node(node, findings)
        _check_reach(scope, findings)
    _check_loops(chart, findings)


def _check_ends(scope: Scope, findings: Findings) -> None:
    starts = scope.starts
    plain = [node for node in starts if not node.event]
    if not starts:
        findings.add("start", f"{scope.said} har ingen start. Tegn en.", element=scope.element)
    elif scope.owner is not None and len(starts) > 1:
        findings.add(
            "start", f"{scope.said} har {len(starts)} starter. Behold én.", element=starts[1].element
        )
    elif len(plain) > 1 and len({" ".join(node.name.split()) for node in plain} - {""}) < len(plain):
        # A person chooses among them by name.
        findings.add(
            "start",
            f"{scope.said} har {len(plain)} starter uden besked, og de kan ikke kendes fra hinanden. Giv "
            "dem hver sit navn.",
            element=plain[1].element,
        )
    if not scope.ends:
        findings.add("slutning-mangler", f"{scope.said} har ingen slutning. Tegn en.", element=scope.element)


def _check_node(node: Node, findings: Findings) -> None:
    if node.kind == "startEvent" and node.incoming:
        findings.add(
            "pil", f"En pil går ind i {node.said}. Lad den ende ved trinnet efter.", element=node.element
        )
    if node.kind == "endEvent" and node.outgoing:
        findings.add("pil", f"En pil går ud af {node.said}. Slet pilen.", element=node.element)
    if node.kind == "boundaryEvent" and node.incoming:
        findings.add("pil", f"En pil går ind i {node.said}. Slet pilen.", element=node.element)
    if not node.incoming and node.kind not in ("startEvent", "boundaryEvent"):
        findings.add(
            "loes-ende",
            f"Ingen pil fører til {node.said}. Tegn en pil til den, eller slet den.",
            element=node.element,
        )
    if not node.outgoing and node.kind not in ("endEvent", "boundaryEvent"):
        findings.add(
            "blindgyde",
            f"{node.Said} fører ikke videre, og forløbet vil gå i stå der. Tegn en pil til næste trin "
            "eller til en slutning.",
            element=node.element,
        )
    if len(node.outgoing) > 1 and node.kind not in (*GATEWAYS, *_CHOICES):
        findings.add(
            "flere-pile-ud",
            f"{node.Said} har {len(node.outgoing)} pile ud. Sæt en gateway efter: et valg eller en deling.",
            element=node.element,
        )
    _check_conditions(node, findings)


def _check_conditions(node: Node, findings: Findings) -> None:
    default = node.default
    if node.kind != "exclusiveGateway":
        for flow in node.outgoing:
            if flow.condition is not None and node.kind not in _CHOICES:
                findings.add(
                    "betingelse-uden-virkning",
                    f"Betingelsen på pilen ud af {node.said} har ingen virkning. Sæt et valg (XOR) ind før "
                    "den.",
                    element=flow.element,
                )
        return
    known = {flow.id for flow in node.outgoing}
    if default and default not in known:
        findings.add(
            "standardvej",
            f"{node.Said} har standardvejen »{default}«, som ikke går ud af det. Vælg en af dets egne pile.",
            element=node.element,
        )
    if len(node.outgoing) < 2 and not any(flow.condition for flow in node.outgoing):
        return
    for flow in node.outgoing:
        if flow.id == default and flow.condition:
            findings.add(
                "betingelse-uden-virkning",
                f"Standardvejen {_way(flow)} har en betingelse, som aldrig læses. Slet betingelsen.",
                element=flow.element,
            )
        elif flow.id != default and not flow.condition:
            findings.add(
                "betingelse-mangler",
                f"Vejen {_way(flow)} har ingen betingelse. Skriv en, eller gør den til standardvej.",
                element=flow.element,
            )
    if not default:
        findings.add(
            "standardvej",
            f"{node.Said} har ingen standardvej. Vælg den vej der går når ingen betingelse er opfyldt.",
            element=node.element,
        )


def _way(flow: Flow) -> str:
    name = " ".join(flow.element.get("name", "").split())
    return f"»{name}« ud af {flow.source.said}" if name else f"fra {flow.source.said} til {flow.target.said}"


def _check_reach(scope: Scope, findings: Findings) -> None:
    reached = _closure(scope.starts, _following)
    for node in scope.nodes:
        if node not in reached and (node.incoming or (node.kind == "boundaryEvent" and node.host)):
            findings.add(
                "kan-ikke-naas",
                f"{node.Said} kan ikke nås fra en start. Tegn en pil dertil, eller slet den.",
                element=node.element,
            )
    owner = scope.owner
    if not scope.ends or (owner is not None and any(event.interrupting for event in owner.boundaries)):
        return  # an event on the edge may be the only way out of an endless inside
    leads_out = _closure(scope.ends, _preceding)
    # A dead end is told at its own place; only a circle that nothing leaves is news here.
    stuck = [node for node in scope.nodes if node in reached and node not in leads_out and node.outgoing]
    stuck = [node for node in stuck if not any(not later.outgoing for later in _closure([node], _following))]
    if stuck:
        findings.add(
            "ingen-vej-ud",
            f"Fra {stuck[0].said} fører ingen vej til en slutning. Tegn en vej ud af løkken.",
            element=stuck[0].element,
        )


def _following(node: Node) -> Iterable[Node]:
    return [*(flow.target for flow in node.outgoing), *node.boundaries]


def _preceding(node: Node) -> Iterable[Node]:
    sources = [flow.source for flow in node.incoming]
    return [*sources, node.host] if node.host is not None else sources


def _closure(seeds: Iterable[Node], step: Callable[[Node], Iterable[Node]]) -> set[Node]:
    seen = set(seeds)
    todo = list(seen)
    while todo:
        for node in step(todo.pop()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen


_WAITING = ("userTask", "manualTask", "receiveTask", "intermediateCatchEvent", "callActivity", "task")


def passes_at_once(node: Node) -> bool:
    """Whether a token can go through `node` without waiting for a person, a message, a moment or a call."""
    if node.kind in _WAITING or node.kind == "eventBasedGateway":
        return False
    if node.inside is None:
        return True
    at_once = list(node.inside.starts)
    seen = set(at_once)
    while at_once:
        current = at_once.pop()
        if current.kind == "endEvent":
            return True
        for later in (flow.target for flow in current.outgoing):
            if later not in seen and passes_at_once(later):
                seen.add(later)
                at_once.append(later)
    return False


def _check_loops(chart: Chart, findings: Findings) -> None:
    quick = {node: passes_at_once(node) for scope in chart.scopes for node in scope.nodes}
    told: set[Node] = set()
    for scope in chart.scopes:
        for node in scope.nodes:
            if not quick[node] or node in told:
                continue
            later = _closure(
                (flow.target for flow in node.outgoing if quick[flow.target]),
                lambda at: [flow.target for flow in at.outgoing if quick[flow.target]],
            )
            if node in later:
                told |= later
                findings.add(
                    "loekke-uden-ventetid",
                    f"Forløbet kan køre i ring gennem {node.said} uden at vente på nogen. Sæt en opgave, "
                    "en besked eller et tidspunkt ind i løkken.",
                    element=node.element,
                )
