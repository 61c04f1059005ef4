"""The OpenAPI 3.1 document of the API, made from the operations and their models."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from web.api.problems import PREFIX, TITLES, Problem
from web.api.routes import CATALOGUE, Operation
from web.api.writing import KEY, LONGEST_KEY

_PROBLEM = "application/problem+json"
_FILE = "application/octet-stream"
_TAGS = {
    "cases": "Sager: find, læs.",
    "case_acts": "Sager: opret, giv videre, luk; notater og beskeder; annullér et forløb.",
    "case_messages": "Beskeder, som en person giver et forløb, der venter på dem.",
    "work": "Opgaver: find, læs, tag, kladde, afslut, ret, giv videre.",
    "meetings": "Møder: find, læs, flyt, aflys; deltagere, svar og fremmøde.",
    "agenda": "Dagsordener: rækkefølge, tider, længder, åbn og luk punkter, referat.",
    "attachments": "Vedhæftede filer: send, find, hent.",
    "documents": "Dokumenter: læs, hent som PDF, udlevér, journalisér.",
    "procedures": "Procedurer: læs, start.",
    "revisions": "Udkast til procedurer: lav, ret, kontrollér, udgiv; flyt forløb til en anden version.",
    "running": "Beskeder til mig, hændelser, demoens ur og dette dokument.",
}
_ABOUT = (
    "Alt, hvad siderne kan gøre med arbejdet, med de samme regler for adgang. "
    "Hver person har sin egen nøgle (`./sag token BRUGER`). "
    "Nøgler i JSON er engelske, skemaernes egne felter danske. "
    "En liste gives side for side: `next` er `after` for den næste. "
    "Fejl er application/problem+json; `fields` siger, hvilket felt."
)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all operations."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for one in CATALOGUE.operations:
        if one.body is not None:
            wanted[(one.body, "validation")] = None
        if one.out is not None:
            wanted[(one.out, "serialization")] = None
    references, schemas = models_json_schema(list(wanted), ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    for one in CATALOGUE.operations:
        paths.setdefault(PREFIX + one.rule, {})[one.method] = _operation(one, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sagsgang", "version": "1", "description": _ABOUT},
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(one: Operation, references: Any) -> dict[str, Any]:
    ok: dict[str, Any] = {"description": "Gjort" if one.method != "get" else "Fundet"}
    if one.out is not None:
        ok["content"] = {"application/json": {"schema": references[(one.out, "serialization")]}}
    if one.gives:
        ok["content"] = {one.gives: {}}
    refused = {
        str(status): {
            "description": TITLES[status],
            "content": {_PROBLEM: {"schema": references[(Problem, "serialization")]}},
        }
        for status in sorted(_statuses(one))
    }
    entry: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary,
        "description": one.about,
        "parameters": _parameters(one),
        "responses": {"200": ok, **refused},
    }
    if one.public:
        entry["security"] = []
    if one.files:
        entry["requestBody"] = {"required": True, "content": {_FILE: {}}}
    if one.body is not None:
        entry["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[(one.body, "validation")]}},
        }
    return entry


def _statuses(one: Operation) -> set[int]:
    statuses = set(one.errors)
    if not one.public:
        statuses |= {401, 503}
    if "{" in one.rule:
        statuses.add(404)
    if one.body is not None:
        statuses |= {413, 415, 422}
    if one.query is not None or one.method != "get":
        statuses.add(422)
    if one.match:
        statuses.add(412)
    return statuses


def _parameters(one: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 80},
        }
        for name in re.findall(r"{(\w+)}", one.rule)
    ]
    if one.query is not None:
        schema = one.query.model_json_schema()
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", []),
                "schema": _given(value),
            }
            for name, value in schema["properties"].items()
        ]
    if one.method != "get":
        about = "Den samme nøgle igen giver det samme svar, og det sker kun én gang."
        found.append(_header(KEY, about, {"type": "string", "maxLength": LONGEST_KEY}))
    if one.match:
        about = f"{one.match}. Afvises med 412, når den er ændret imens."
        found.append(_header("If-Match", about, {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}")$'}))
    return found


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out: nothing in an address means null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if not choices:
        return schema
    return {
        **choices[0],
        **{name: value for name, value in schema.items() if name not in ("anyOf", "default")},
    }


def _header(name: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": about, "schema": schema}
