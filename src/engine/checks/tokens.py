"""Checks that no join waits for ever and that the end can come, by walking each scope's markings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from engine.chart import Chart, Flow, Node, Scope
from engine.checks.rules import Findings

_BUDGET: Final = 20_000
"""Markings looked at per scope; a diagram that needs more is left to its rehearsals."""
_MANY: Final = 2
"""Tokens on one flow are counted to this and no further, so that a loop that makes tokens stays finite."""

_Marking: TypeAlias = frozenset[tuple[Flow, int]]


def check_joins(chart: Chart, findings: Findings) -> None:
    """Report each parallel join that can be left waiting for ever, and scopes that can never come to an end.

    Only one token is moved at a time and only its own choices are branched over. In nets where choices do not
    depend on other tokens, which the profile's are, that finds every standstill, the good one (no token left)
    included.
    """
    for scope in chart.scopes:
        splits = any(node.kind == "parallelGateway" for node in scope.nodes)
        if splits or any(not node.interrupting for node in scope.nodes if node.kind == "boundaryEvent"):
            _check_scope(scope, findings)


def _check_scope(scope: Scope, findings: Findings) -> None:
    told: set[Node] = set()
    for start in scope.starts:
        walk = _Walk(start)
        for counts in walk.standstills():
            for flow in counts:
                if flow.target.kind == "parallelGateway" and flow.target not in told:
                    told.add(flow.target)
                    _tell(flow.target, counts, findings)
        owner = scope.owner
        left_from_outside = owner is not None and any(event.interrupting for event in owner.boundaries)
        if walk.complete and not (walk.ended or told or left_from_outside):
            findings.add(
                "ingen-vej-ud",
                f"{scope.said} bliver aldrig færdigt: ved siden af vejen fra {start.said} kører en løkke "
                "altid videre. Lad hovedvejen ende i en slutning af typen afslut alt.",
                element=scope.element,
            )


class _Walk:
    """All markings that can be reached from one start."""

    def __init__(self, start: Node) -> None:
        self._first: _Marking = frozenset((flow, 1) for flow in start.outgoing)
        self.complete = False
        """Whether the walk came to its end within its budget."""
        self.ended = False
        """Whether a marking without tokens was among them."""

    def standstills(self) -> Iterator[dict[Flow, int]]:
        """The markings in which nothing can move but tokens are left."""
        seen = {self._first}
        todo = [self._first]
        while todo and len(seen) < _BUDGET:
            counts = dict(todo.pop())
            if not counts:
                self.ended = True
                continue
            at_rest = True
            for flow in sorted(counts, key=lambda at: at.order):
                following = _moves(counts, flow)
                if not following:
                    continue
                at_rest = False
                new = [marking for marking in following if marking not in seen]
                seen.update(new)
                todo.extend(new)
                if new:
                    break  # otherwise this token only goes round, and the others get their turn
            if at_rest:
                yield counts
        self.complete = not todo


def _moves(counts: dict[Flow, int], flow: Flow) -> list[_Marking]:
    """The markings after moving the token on `flow`, one for each way it can go; none when it must wait."""
    node = flow.target
    if node.kind == "parallelGateway" and len(node.incoming) > 1:
        if not all(counts.get(incoming) for incoming in node.incoming):
            return []
        taken = dict(counts)
        for incoming in node.incoming:
            _take(taken, incoming)
        return [_put(taken, node.outgoing)]
    if node.kind == "endEvent" and node.event in ("terminate", "error"):
        return [frozenset()]  # everything else in the scope is cancelled, or the scope is left
    taken = dict(counts)
    _take(taken, flow)
    if node.kind in ("exclusiveGateway", "eventBasedGateway"):
        return [_put(taken, [way]) for way in node.outgoing] or [_put(taken, [])]
    ways = [_put(taken, node.outgoing)]
    for event in node.boundaries:
        if event.interrupting:
            ways.append(_put(taken, event.outgoing))
        else:
            ways.append(_put(taken, [*node.outgoing, *event.outgoing]))
    return ways


def _take(counts: dict[Flow, int], flow: Flow) -> None:
    counts[flow] -= 1
    if not counts[flow]:
        del counts[flow]


def _put(counts: dict[Flow, int], flows: list[Flow]) -> _Marking:
    filled = dict(counts)
    for flow in flows:
        filled[flow] = min(filled.get(flow, 0) + 1, _MANY)
    return frozenset(filled.items())


def _tell(join: Node, counts: dict[Flow, int], findings: Findings) -> None:
    missing = next(flow for flow in join.incoming if flow not in counts)
    choice = _choice_before(missing)
    because = f" Efter {choice.said} går forløbet kun ad én af vejene." if choice else ""
    findings.add(
        "laast-samling",
        f"Samlingen »{join.title}« kan komme til at vente for evigt på vejen fra "
        f"{missing.source.said}.{because} Saml vejene med et valg (XOR), eller lad dem begynde i en deling "
        "(AND).",
        element=join.element,
    )


def _choice_before(flow: Flow) -> Node | None:
    """The nearest gateway upstream that sends a token only one of its ways."""
    seen = {flow.source}
    todo = [flow.source]
    while todo:
        node = todo.pop(0)
        if node.kind in ("exclusiveGateway", "eventBasedGateway") and len(node.outgoing) > 1:
            return node
        for incoming in node.incoming:
            if incoming.source not in seen:
                seen.add(incoming.source)
                todo.append(incoming.source)
    return None
