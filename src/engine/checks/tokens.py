"""Checks that no join waits for ever and that the end can come, by walking each scope's markings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.chart import Chart, Flow, Node, Scope
from engine.checks.rules import Findings

_BUDGET: Final = 20_000
"""Markings looked at per scope; a diagram that needs more is left to its rehearsals."""


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
    net = _Net(scope)
    for start in scope.starts:
        walk = _Walk(net, start)
        for marking in walk.standstills():
            for flow in net.held(marking):
                if flow.target.kind == "parallelGateway" and flow.target not in told:
                    told.add(flow.target)
                    _tell(flow.target, frozenset(net.held(marking)), findings)
        owner = scope.owner
        left_from_outside = owner is not None and any(event.interrupting for event in owner.boundaries)
        if walk.complete and not (walk.ended or told or left_from_outside):
            findings.add(
                "ingen-vej-ud",
                f"{scope.said} bliver aldrig færdigt: ved siden af vejen fra {start.said} kører en løkke "
                "altid videre. Lad hovedvejen ende i en slutning af typen afslut alt.",
                element=scope.element,
            )


_Marking: TypeAlias = int
"""How many tokens lie on each flow of a scope: two bits each, the first flow's lowest.

They are counted to two and no further, so that a loop that makes tokens stays finite.
"""


@dataclass(frozen=True, slots=True)
class _Step:
    """What a token on one flow can do."""

    needs: tuple[int, ...]
    """One token of each of these flows (the lowest of its two bits) is taken; all must be there."""
    ways: tuple[tuple[int, ...], ...] | None
    """The flows that then get a token, for each way it can go; None when it ends the scope."""


class _Net:
    """A scope's flows, and how tokens move along them."""

    def __init__(self, scope: Scope) -> None:
        self._flows = sorted(scope.flows, key=lambda flow: flow.order)
        self._bits = {flow: 1 << 2 * number for number, flow in enumerate(self._flows)}
        self._steps = {self._bits[flow]: self._step(flow) for flow in self._flows}

    def first(self, start: Node) -> _Marking:
        """The marking after a start event."""
        return sum(self._bits[flow] for flow in start.outgoing)

    def held(self, marking: _Marking) -> list[Flow]:
        """The flows with a token, in the order of the file."""
        return [flow for flow in self._flows if marking & 3 * self._bits[flow]]

    def moves(self, marking: _Marking) -> Iterator[list[_Marking]]:
        """For each flow with a token, in the order of the file: the markings after moving it, one for each
        way it can go. Left out are those whose token must wait."""
        for bit, step in self._steps.items():
            if marking & 3 * bit and all(marking & 3 * need for need in step.needs):
                yield _moved(marking, step)

    def _step(self, flow: Flow) -> _Step:
        node = flow.target
        if node.kind == "parallelGateway" and len(node.incoming) > 1:
            return _Step(self._of(node.incoming), (self._of(node.outgoing),))
        if node.kind == "endEvent" and node.event in ("terminate", "error"):
            return _Step((), None)  # everything else in the scope is cancelled, or the scope is left
        taken = self._of([flow])
        if node.kind in ("exclusiveGateway", "eventBasedGateway"):
            return _Step(taken, tuple(self._of([way]) for way in node.outgoing) or ((),))
        ways = [self._of(node.outgoing)]
        for event in node.boundaries:
            ways.append(self._of(event.outgoing if event.interrupting else [*node.outgoing, *event.outgoing]))
        return _Step(taken, tuple(ways))

    def _of(self, flows: list[Flow]) -> tuple[int, ...]:
        return tuple(self._bits[flow] for flow in flows)


def _moved(marking: _Marking, step: _Step) -> list[_Marking]:
    if step.ways is None:
        return [0]
    taken = marking - sum(step.needs)
    found = []
    for way in step.ways:
        filled = taken
        for bit in way:
            if not filled & 2 * bit:  # counted to two and no further
                filled += bit
        found.append(filled)
    return found


class _Walk:
    """All markings that can be reached from one start."""

    def __init__(self, net: _Net, start: Node) -> None:
        self._net = net
        self._first = net.first(start)
        self.complete = False
        """Whether the walk came to its end within its budget."""
        self.ended = False
        """Whether a marking without tokens was among them."""

    def standstills(self) -> Iterator[_Marking]:
        """The markings in which nothing can move but tokens are left."""
        seen = {self._first}
        todo = [self._first]
        while todo and len(seen) < _BUDGET:
            marking = todo.pop()
            if not marking:
                self.ended = True
                continue
            at_rest = True
            for following in self._net.moves(marking):
                at_rest = False
                new = [found for found in following if found not in seen]
                seen.update(new)
                todo.extend(new)
                if new:
                    break  # otherwise this token only goes round, and the others get their turn
            if at_rest:
                yield marking
        self.complete = not todo


def _tell(join: Node, held: Collection[Flow], findings: Findings) -> None:
    missing = next(flow for flow in join.incoming if flow not in held)
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
