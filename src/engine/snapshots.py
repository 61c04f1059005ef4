"""An instance as a short JSON text, without the diagram and without history.

Layout (format 2): {"v": 2, "d": data, "g": stamps, "k": differences, "w": [[owner, rows], ...]}, or {"v": 2,
"e": 1, "d": data} when the instance is over. `w` holds the instance itself (owner null) and then the inside
of each running sub-process (owner: id of its task). A row is [step, state, id, parent, data, slot], short at
the end: `parent` is the row number within the list, or -1 for the root; `id` is 0 for history; `data` is 0
for none, 1 for `d` as it is, 2 for the first of the differences, and so on; `slot` is the task's internal
data. A difference is [changed, stamps, missing] against `d`, where `missing` are positions in `d`: branches
that wait since the same fork hold the same, and lack much of what came later.

Format 1 (still read): the difference stands in the row itself, and `missing` are names.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from engine.blueprint import Blueprint
from engine.course import Branch, Course, Data, Token, newest
from engine.environment import STAMPS, Call
from engine.errors import EngineError, StepLimit
from engine.steps import EdgeSplit, Joining
from engine.types import Snapshot

MAX_CHARACTERS: Final = 64_000
"""A state that grows beyond this has texts in it that belong on the case."""

LARGEST_STAMP: Final = 99
"""Stamps are counted from 1 again when they pass this."""

Differences = dict[str, tuple[int, list[Any]]]
"""By their text: the number that rows know a difference by, and the difference."""

_FORMAT: Final = 2
_READ: Final = (1, 2)
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def save(course: Course) -> Snapshot:
    """The state of a pruned instance. Raises StepLimit when it is too large to be kept."""
    if course.completed:
        text = _encode({"v": _FORMAT, "e": 1, "d": _without_stamps(course.data)})
    else:
        text = _encode(_live(course))
    if len(text) > MAX_CHARACTERS:
        raise StepLimit("Forløbets egne data er vokset for meget. Lange tekster skal skrives på sagen.")
    return text


def load(blueprint: Blueprint, snapshot: Snapshot, call: Call) -> Course:
    """The instance as it was saved. Raises EngineError when the text is no state of this diagram."""
    course = Course(blueprint, call)
    try:
        content = json.loads(snapshot)
        if content["v"] not in _READ:
            raise ValueError(content["v"])
        base: Data = content["d"]
        if content.get("e"):
            course.completed = True
            course.data = base
            course.plant(TaskState.COMPLETED)
            return course
        stamps: dict[str, int] = content.get("g", {})
        if stamps:
            base[STAMPS] = stamps
        kinds = content.get("k", [])
        for owner_id, rows in content["w"]:
            workflow = course if owner_id is None else _reopen(course, owner_id)
            _grow(workflow, rows, base, kinds)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise EngineError("Forløbets tilstand passer ikke til diagrammet.") from error
    course.stamp = max(
        (
            stamp
            for workflow in course.workflows()
            for token in workflow.tasks.values()
            for stamp in token.data.get(STAMPS, {}).values()
        ),
        default=0,
    )
    return course


def data_in(snapshot: Snapshot, task_id: str | None) -> Data:
    """The data of one task, or of all together: of each name what was written last. Empty for an unknown
    task.
    """
    content = json.loads(snapshot)
    base: Data = content["d"]
    if content.get("e"):
        return base
    if content.get("g"):
        base[STAMPS] = content["g"]
    rows = [row for _, rows in content["w"] for row in rows if task_id is None or row[2] == task_id]
    kinds = content.get("k", [])
    return _without_stamps(newest(_data(row, base, kinds) for row in rows))


def _live(course: Course) -> dict[str, Any]:
    if course.stamp > LARGEST_STAMP:
        _renumber(course)
    base = _most_shared(course)
    kinds: Differences = {}
    trees = []
    for workflow in course.workflows():
        root = workflow.task_tree
        numbers = {root.id: -1}
        rows: list[list[Any]] = []
        for token in workflow.tasks.values():
            if token is root:
                continue
            numbers[token.id] = len(rows)
            row: list[Any] = [
                token.task_spec.name,
                token._state,
                token.id if token.live else 0,
                numbers[token._parent or ""],
                0,
                token.internal_data or 0,
            ]
            if _holds_data(token):
                row[4] = _difference(token.data, base, kinds)
            while row[-1] == 0 and len(row) > 4:
                row.pop()
            rows.append(row)
        trees.append([None if workflow is course else workflow.parent_task_id, rows])
    content: dict[str, Any] = {"v": _FORMAT, "d": _without_stamps(base)}
    if kinds and STAMPS in base:
        # Stamps say which of several branches wrote last; while all hold the same they say nothing.
        content["g"] = base[STAMPS]
    if kinds:
        content["k"] = [difference for _, difference in kinds.values()]
    content["w"] = trees
    return content


def _most_shared(course: Course) -> Data:
    """The data that the rest is written as differences from: what has most in common with what others hold,
    the newest of these.

    The rounds of a multi-instance task share all but their item, also with the list they go over; a branch
    that has waited since the start shares little with the main way.
    """
    holders = [
        t
        for workflow in course.workflows()
        for t in workflow.tasks.values()
        if t is not workflow.task_tree and _holds_data(t)
    ]
    live = [token for token in holders if token.live] or holders
    if not live or all(token.data is live[-1].data for token in live):
        return live[-1].data if live else {}
    held = Counter(pair for token in live for pair in token.data.get(STAMPS, {}).items())
    return max(reversed(live), key=lambda t: sum(held[pair] for pair in t.data.get(STAMPS, {}).items())).data


def _renumber(course: Course) -> None:
    """Only the order of stamps means anything, so that they need not grow for ever."""
    holders = [token for workflow in course.workflows() for token in workflow.tasks.values()]
    used = sorted({stamp for token in holders for stamp in token.data.get(STAMPS, {}).values()})
    rank = {stamp: number for number, stamp in enumerate(used, 1)}
    for token in holders:
        if STAMPS in token.data:
            token.data = {**token.data, STAMPS: {name: rank[s] for name, s in token.data[STAMPS].items()}}


def _holds_data(token: Token) -> bool:
    if isinstance(token.task_spec, Joining):
        # A join takes the data of the steps before it when it fires; afterwards it may be such a step itself.
        return bool(token._state == TaskState.COMPLETED)
    return not isinstance(token.task_spec, EdgeSplit)


def _difference(data: Data, base: Data, kinds: Differences) -> int:
    """The number of what is different from `base`; a difference that is new is added to `kinds`."""
    if data is base:
        return 1
    mine, theirs = data.get(STAMPS, {}), base.get(STAMPS, {})
    changed = {
        name: value
        for name, value in data.items()
        if name != STAMPS and (name not in base or mine.get(name) != theirs.get(name))
    }
    missing = [place for place, name in enumerate(_names(base)) if name not in data]
    if not changed and not missing:
        return 1
    stamps = {name: mine[name] for name in changed if name in mine}
    difference = [changed, stamps, missing]
    return kinds.setdefault(_encode(difference), (len(kinds) + 2, difference))[0]


def _data(row: list[Any], base: Data, kinds: list[list[Any]]) -> Data:
    code: Any = row[4] if len(row) > 4 else 0
    if code == 0:
        return {}
    if code == 1:
        return dict(base)
    changed, stamps, lacking = kinds[code - 2] if isinstance(code, int) else code
    names = _names(base)
    missing = {names[one] if isinstance(one, int) else one for one in lacking}
    data = {name: value for name, value in base.items() if name not in missing and name != STAMPS}
    data.update(changed)
    own = {
        name: stamp
        for name, stamp in base.get(STAMPS, {}).items()
        if name not in missing and name not in changed
    }
    own.update(stamps)
    if own:
        data[STAMPS] = own
    return data


def _names(base: Data) -> list[str]:
    return [name for name in base if name != STAMPS]


def _reopen(course: Course, owner_id: str) -> Branch:
    owner = course.find(owner_id)
    if owner is None:
        raise KeyError(owner_id)
    branch = Branch(course.subprocess_specs[owner.task_spec.inside], owner_id, course)
    course.subprocesses[owner_id] = branch
    return branch


def _grow(workflow: Course | Branch, rows: list[list[Any]], base: Data, kinds: list[list[Any]]) -> None:
    root = workflow.plant(TaskState.COMPLETED)
    specs = workflow.spec.task_specs
    tokens: list[Token] = []
    for number, row in enumerate(rows):
        name, state, id, parent = row[:4]
        token = Token(
            workflow, specs[name], root if parent < 0 else tokens[parent], state, id or f":{number}"
        )
        token.data = _data(row, base, kinds)
        if len(row) > 5:
            token.internal_data = row[5]
        tokens.append(token)


def _without_stamps(data: Data) -> Data:
    return {name: value for name, value in data.items() if name != STAMPS}
