"""Writing over the API: what the caller has seen (`If-Match`), and once only (`Idempotency-Key`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, jsonify, request
from pydantic import BaseModel

from tasks.errors import Invalid
from tasks.idempotency import Once, kept_answer, once
from web.api.ids import NOBODY, number_of
from web.api.routes import app, caller

R = TypeVar("R")

LONGEST_KEY = 120
KEY = "Idempotency-Key"


def seen_rev() -> int | None:
    """Return the revision that `If-Match` names: None without one or for `*`, one that no task has when it is
    not ours."""
    tags = request.if_match
    if not tags or tags.star_tag:
        return None
    named = tags.as_set()
    return number_of(next(iter(named))) if len(named) == 1 else NOBODY


def write(use_case: Callable[..., R], command: Any, answer: Callable[[R], BaseModel]) -> Response:
    """Run a writing use case as the caller; with an Idempotency-Key it happens once."""
    key = _key()
    if not key:
        return _respond(answer(app().run(use_case, caller(), command)).model_dump(mode="json"))
    kept = Once(key, _asked(), use_case, command, lambda result: answer(result).model_dump(mode="json"))
    return _respond(app().run(once, caller(), kept))


def write_in_steps(act: Callable[[], BaseModel]) -> Response:
    """Do what takes several transactions, such as moving the clock; what a key was answered is not done
    again."""
    key = _key()
    if not key:
        return _respond(act().model_dump(mode="json"))
    asked = Once(key, _asked(), lambda unit, actor, done: done, None, lambda done: done)
    known = app().read(kept_answer, caller(), asked)
    if known is not None:
        return _respond(known.body)
    body = act().model_dump(mode="json")
    return _respond(app().run(once, caller(), Once(key, _asked(), asked.use_case, body, asked.answer)))


def _key() -> str:
    key = request.headers.get(KEY, "").strip()
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(
            f"{KEY} kan ikke bruges.", {KEY: f"Brug højst {LONGEST_KEY} almindelige tegn, fx et UUID."}
        )
    return key


def _asked() -> str:
    return f"{request.method} {request.full_path}\n{request.get_data(as_text=True)}"


def _respond(body: Any) -> Response:
    response = jsonify(body)
    if isinstance(body, dict) and isinstance(body.get("rev"), int):
        response.set_etag(str(body["rev"]))
    return response
