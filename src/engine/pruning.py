"""Drops finished history that no live task depends on, so that a case costs the same after years as on its
first day.

What must stay: live tasks; for an activity with boundary events the split that holds them together; and for
every token at a join the step it came from, because the join asks which of its flows have a token and merges
their data.
"""

from __future__ import annotations

from SpiffWorkflow.util.task import TaskState

from engine.course import Branch, Course, Token, newest
from engine.steps import EdgeJoin, EdgeSplit, Finish, Joining


def prune(course: Course) -> None:
    """Drop what is not needed from the instance and from the insides of its sub-processes."""
    for workflow in course.workflows():
        _prune(workflow)


def _prune(workflow: Course | Branch) -> None:
    _fold(workflow)
    root = workflow.task_tree
    parents = _needed(workflow)
    if len(parents) + 1 == len(workflow.tasks):
        return
    kept = {id: token for id, token in workflow.tasks.items() if id in parents}
    root._children = []
    for token in kept.values():
        token._children = []
    for id, token in kept.items():
        # A task that needs no parent hangs below the root: under any other ancestor it would be taken for a
        # branch.
        parent = kept.get(parents[id] or "", root)
        token._parent = parent.id
        parent._children.append(id)
    workflow.tasks = {root.id: root, **kept}


def _needed(workflow: Course | Branch) -> dict[str, str | None]:
    """Id of each task to keep besides the root, with the id of the parent that it needs."""
    parents: dict[str, str | None] = {}
    for id, token in workflow.tasks.items():
        spec = token.task_spec
        if token is workflow.task_tree:
            continue
        if token.live:
            if isinstance(spec, EdgeJoin) and token._state == TaskState.WAITING:
                continue  # The activity's own token at that join does all there is to do.
            above = token.parent.task_spec
            if isinstance(spec, Joining) or isinstance(above, EdgeSplit) or spec.rounds is not None:
                parents[id] = token._parent
                parents.setdefault(token.parent.id, None)
            else:
                parents[id] = None
        elif spec.is_parked(token):
            parents[id] = token._parent
            parents.setdefault(token.parent.id, None)
    parents.pop(workflow.task_tree.id, None)
    return parents


def _fold(workflow: Course | Branch) -> None:
    """Make one of several tokens parked at a join from the same side.

    A loop beside the main way parks one behind its end in every round; they would fill the state.
    """
    first: dict[tuple[str, str], Token] = {}
    for token in list(workflow.tasks.values()):
        spec = token.task_spec
        if spec.is_parked(token):
            # Behind the ends it does not matter where a token came from.
            side = "" if isinstance(spec, Finish) else token.parent.task_spec.name
            kept = first.setdefault((spec.name, side), token)
            if kept is not token:
                kept.parent.data = newest([kept.parent.data, token.parent.data])
                token.parent._children.remove(token.id)
                del workflow.tasks[token.id]
