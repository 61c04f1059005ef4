"""One decorator for an operation: its route, its token, its checks, and its place in the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.json_schema import models_json_schema
from werkzeug.exceptions import HTTPException

from host.app import App
from tasks.errors import NotFound, TaskError
from tasks.idempotency import Once, once
from tasks.people import SYSTEM, Actor
from tasks.signin import person_of_token
from web.current import EXTENSION
from web.errors import status_of
from web.security import without_token
from web.session import open_to_all

M = TypeVar("M", bound=BaseModel)

PREFIX = "/api/v1"
LARGEST_ID = 2**63 - 1
api = Blueprint("api", __name__, url_prefix=PREFIX)


class Model(BaseModel):
    """What the API takes and gives: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(BaseModel):
    """An error as RFC 9457 has it; `fields` is per field of a form."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    fields: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    method: str
    rule: str
    name: str
    summary: str
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    out: type[BaseModel] | None
    errors: tuple[int, ...]
    open: bool


OPERATIONS: list[Operation] = []


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


def problem(
    status: int, title: str, detail: str | None = None, fields: Mapping[str, str] | None = None
) -> Response:
    """Return an error as application/problem+json."""
    body = Problem(title=title, status=status, detail=detail, fields=dict(fields or {}))
    response = Response(body.model_dump_json(), status, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def operation(
    method: str,
    rule: str,
    *,
    summary: str,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    out: type[BaseModel] | None = None,
    errors: tuple[int, ...] = (),
    public: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., ResponseReturnValue]]:
    """Register an operation. The function gets path ids as int, `body` and `query` checked, and returns a
    model."""

    def register(function: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
        OPERATIONS.append(
            Operation(method.lower(), rule, function.__name__, summary, body, query, out, errors, public)
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
                    values["query"] = query.model_validate(request.args.to_dict())
                if body is not None:
                    if not request.is_json:
                        return problem(415, "JSON forventes")
                    values["body"] = body.model_validate_json(request.get_data())
                result = function(**values)
            except ValidationError as error:
                return problem(422, "Ugyldigt indhold", None, _fields(error))
            except TaskError as error:
                return problem(status_of(error), type(error).__name__, error.message, error.fields)
            return _answer(result)

        url = re.sub(r"{(\w+)}", r"<\1>", rule)
        api.add_url_rule(url, function.__name__, without_token(open_to_all(view)), methods=[method])
        return view

    return register


def _answer(result: Any) -> ResponseReturnValue:
    if isinstance(result, Response):
        return result
    if isinstance(result, BaseModel):
        return Response(result.model_dump_json(), 200, content_type="application/json")
    return jsonify(result)


def _identify() -> Response | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    person_id = (
        app().read(person_of_token, SYSTEM, token.strip()) if scheme.lower() == "bearer" and token else None
    )
    if person_id is None:
        return problem(401, "Nøglen mangler eller er ugyldig", "Send Authorization: Bearer <nøgle>.")
    try:
        g.api_actor = app().actor(person_id)
    except NotFound:
        return problem(401, "Nøglen hører til en person, der ikke er aktiv")
    return None


def _id(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) > LARGEST_ID:
        raise NotFound("Det findes ikke.")
    return int(value)


def _fields(error: ValidationError) -> dict[str, str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return {".".join(str(part) for part in one["loc"]) or "body": one["msg"] for one in found}


def seen_rev() -> int | None:
    """Return the revision that `If-Match` names, None without one."""
    tag = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    return int(tag) if tag.isascii() and tag.isdigit() and int(tag) <= LARGEST_ID else None


def write(use_case: Callable[..., Any], command: Any, answer: Callable[[Any], BaseModel]) -> Any:
    """Run a writing use case as the caller; with an Idempotency-Key it happens once."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return answer(app().run(use_case, caller(), command))
    body = request.get_data(as_text=True)
    asked = f"{request.method} {request.path}\n{body}"
    kept = Once(key[:120], asked, use_case, command, lambda result: answer(result).model_dump(mode="json"))
    return app().run(once, caller(), kept)


def not_found(error: HTTPException) -> Response:
    """Answer a wrong address or method below the API as a problem."""
    response = problem(error.code or 404, error.name)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


_TITLES = {
    400: "Kan ikke gennemføres",
    401: "Nøglen mangler eller er ugyldig",
    403: "Ingen adgang",
    404: "Findes ikke",
    409: "Ikke åben",
    412: "Ændret imens",
    415: "JSON forventes",
    422: "Ugyldigt indhold",
}


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all operations."""
    models = {model for one in OPERATIONS for model in (one.body, one.out) if model is not None} | {Problem}
    references, schemas = models_json_schema(
        [(model, "serialization") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        statuses = {*one.errors, *(() if one.open else (401,))}
        if "{" in one.rule:
            statuses.add(404)
        if one.body is not None:
            statuses |= {415, 422}
        if one.query is not None:
            statuses.add(422)
        ok: dict[str, Any] = {"description": "OK"}
        if one.out is not None:
            ok["content"] = {"application/json": {"schema": references[(one.out, "serialization")]}}
        entry: dict[str, Any] = {
            "operationId": one.name,
            "summary": one.summary,
            "parameters": _parameters(one),
            "responses": {
                "200": ok,
                **{
                    str(status): {
                        "description": _TITLES[status],
                        "content": {
                            "application/problem+json": {"schema": references[(Problem, "serialization")]}
                        },
                    }
                    for status in sorted(statuses)
                },
            },
        }
        if one.open:
            entry["security"] = []
        if one.body is not None:
            entry["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": references[(one.body, "serialization")]}},
            }
        paths.setdefault(PREFIX + one.rule, {})[one.method] = entry
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sagsgang", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _parameters(one: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 80}}
        for name in re.findall(r"{(\w+)}", one.rule)
    ]
    if one.query is not None:
        schema = one.query.model_json_schema()
        found += [
            {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": value}
            for name, value in schema["properties"].items()
        ]
    if one.method != "get":
        found.append(
            {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"}}
        )
        found.append({"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return found
