"""Errors as RFC 9457 has them (application/problem+json), and the Danish words for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request
from pydantic import BaseModel, Field, ValidationError

PREFIX = "/api/v1"
_ROOT = "/api"

TITLES = {
    400: "Kan ikke gennemføres",
    401: "Nøglen mangler eller er ugyldig",
    403: "Ingen adgang",
    404: "Findes ikke",
    405: "Ikke på den måde",
    409: "Ikke åben",
    412: "Ændret imens",
    413: "For stort",
    415: "JSON forventes",
    422: "Ugyldigt indhold",
    500: "Noget gik galt hos os",
    503: "Prøv igen om lidt",
}
"""Status → title of a problem."""

_WORDS = {
    "missing": "Feltet mangler.",
    "extra_forbidden": "Feltet kendes ikke.",
    "string_type": "Skal være tekst.",
    "string_too_long": "Teksten er for lang.",
    "string_pattern_mismatch": "Feltet skal udfyldes.",
    "bool_type": "Skal være true eller false.",
    "dict_type": "Skal være et JSON-objekt.",
    "model_type": "Skal være et JSON-objekt.",
    "list_type": "Skal være en liste.",
    "literal_error": "Vælg en af de værdier, dokumentet nævner.",
    "json_invalid": "Det sendte er ikke gyldig JSON.",
    "timezone_aware": "Skriv tidspunktet med +02:00 eller Z.",
}
_OTHER_WORDS = "Værdien kan ikke bruges her."


class Problem(BaseModel):
    """An error. `fields` maps the place of a field to what is wrong with it; `reference` is in the log."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    reference: str | None = None


def problem(
    status: int,
    detail: str | None = None,
    fields: Mapping[str, str] | None = None,
    *,
    headers: Iterable[tuple[str, str]] = (),
    reference: str | None = None,
) -> Response:
    """Return an error as application/problem+json."""
    body = Problem(
        title=TITLES.get(status, TITLES[400]),
        status=status,
        detail=detail,
        fields=dict(fields or {}),
        reference=reference,
    )
    response = Response(body.model_dump_json(), status, content_type="application/problem+json")
    for name, value in headers:
        response.headers[name] = value
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def is_for_api() -> bool:
    """Tell whether the request's address lies below the API, also where the API has no such address."""
    return request.path == _ROOT or request.path.startswith(_ROOT + "/")


def refused_content(error: ValidationError) -> Response:
    """Return the problem for content that is not what the document promises, per field."""
    fields: dict[str, Any] = {}
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(str(part) for part in one["loc"]) or "body"
        fields.setdefault(place, _WORDS.get(one["type"], _OTHER_WORDS))
    return problem(422, "Indholdet er ikke, som dokumentet /api/v1/openapi.json beskriver det.", fields)
