"""One decorator for an operation: its route, its token, its checks, and its place in the OpenAPI document."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from host.app import App
from tasks.errors import NotFound, TaskError
from tasks.people import SYSTEM, Actor
from tasks.signin import actor_of_token
from web.api.ids import LARGEST, NOBODY, number_of
from web.api.problems import PREFIX, problem, refused_content
from web.current import EXTENSION
from web.errors import status_of
from web.security import takes_files, without_token
from web.session import open_to_all

api = Blueprint("api", __name__, url_prefix=PREFIX)

_NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    method: str
    rule: str
    name: str
    summary: str
    about: str
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    out: type[BaseModel] | None
    errors: tuple[int, ...]
    match: str
    """What `If-Match` compares with; empty where it is not looked at."""
    public: bool
    tag: str
    files: bool
    """Whether the body is a file."""
    gives: str
    """Kind of what is given back when it is no JSON."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer with the revision that a later `If-Match` may name."""

    body: BaseModel
    rev: int


@dataclass(slots=True)
class Catalogue:
    """Every operation there is, in the order of the modules."""

    operations: list[Operation] = field(default_factory=list)


CATALOGUE = Catalogue()


def app() -> App:
    """Return the running service."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, App)
    return found


def caller() -> Actor:
    """Return the person whose token the request carries."""
    found = g.api_actor
    assert isinstance(found, Actor)
    return found


def operation(
    method: str,
    rule: str,
    *,
    summary: str,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    out: type[BaseModel] | None = None,
    errors: tuple[int, ...] = (),
    match: str = "",
    public: bool = False,
    names: Mapping[str, str] = _NO_NAMES,
    files: bool = False,
    gives: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., ResponseReturnValue]]:
    """Register an operation. The function gets path ids as int, `body` and `query` checked, and returns a
    model.

    With `files` the body is a file; `gives` is the kind of the answer when it is a file.
    `names` says what the API calls the fields that a use case names in Danish, for its refusals.
    """

    def register(function: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
        about, tag = " ".join((function.__doc__ or "").split()), function.__module__.rpartition(".")[2]
        CATALOGUE.operations.append(
            Operation(
                method.lower(),
                rule,
                function.__name__,
                summary,
                about,
                body,
                query,
                out,
                errors,
                match,
                public,
                tag,
                files,
                gives,
            )
        )

        @wraps(function)
        def view(**path: Any) -> ResponseReturnValue:
            try:
                if not public:
                    refusal = _identify()
                    if refusal is not None:
                        return refusal
                values = {name: _id(value) if name.endswith("_id") else value for name, value in path.items()}
                if query is not None:
                    values["query"] = _query(query)
                if body is not None:
                    if not request.is_json:
                        return problem(415, "Send indholdet som application/json.")
                    values["body"] = _body(body)
                return _answer(function(**values))
            except ValidationError as error:
                return refused_content(error)
            except TaskError as error:
                fields = {names.get(place, place): text for place, text in error.fields.items()}
                return problem(status_of(error), error.message, fields)

        url = re.sub(r"{(\w+)}", r"<\1>", rule)
        registered = without_token(open_to_all(view))
        if files:
            registered = takes_files(registered)
        api.add_url_rule(url, function.__name__, registered, methods=[method])
        return view

    return register


def _identify() -> Response | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    actor = (
        app().read(actor_of_token, SYSTEM, token.strip()) if scheme.lower() == "bearer" and token else None
    )
    if actor is None:
        return problem(401, "Send Authorization: Bearer <nøgle>.")
    g.api_actor = actor
    return None


def _id(value: str) -> int:
    number = number_of(value)
    if number == NOBODY:
        raise NotFound("Det findes ikke.")
    return number


def _query(model: type[BaseModel]) -> BaseModel:
    given = request.args.to_dict()
    _refuse_unkeepable(model, given)
    return model.model_validate(given)


def _body(model: type[BaseModel]) -> BaseModel:
    raw = request.get_data()
    try:
        given = from_json(raw)
    except ValueError:
        return model.model_validate_json(raw)  # says what is wrong with it
    _refuse_unkeepable(model, given)
    return model.model_validate_json(raw)


def _refuse_unkeepable(model: type[BaseModel], given: object) -> None:
    """Raise ValidationError for what JSON can say and no database can keep: NUL, half characters, numbers
    without end."""
    errors = [
        {"type": "value_error", "loc": place, "input": None, "ctx": {"error": ValueError("unkeepable")}}
        for place in _unkeepable(given, ())
    ]
    if errors:
        raise ValidationError.from_exception_data(model.__name__, errors)  # type: ignore[arg-type]


def _unkeepable(value: object, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, str):
        if "\0" in value or not _is_whole(value):
            yield place
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _unkeepable(str(name), place)
            yield from _unkeepable(inner, (*place, str(name)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _unkeepable(inner, (*place, number))
    elif (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, int) and abs(value) > LARGEST
    ):
        yield place


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _answer(result: Any) -> ResponseReturnValue:
    if isinstance(result, Response):
        return result
    if isinstance(result, Tagged):
        response = Response(result.body.model_dump_json(), 200, content_type="application/json")
        response.set_etag(str(result.rev))
        return response
    if isinstance(result, BaseModel):
        return Response(result.model_dump_json(), 200, content_type="application/json")
    return jsonify(result)
