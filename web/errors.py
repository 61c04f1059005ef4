"""Turns every refusal and failure into a page, or into JSON for a script, that says in Danish what to do.

The one place where an error of `tasks` meets an HTTP status.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from host.errors import GAVE_WAY, DatabaseAway
from tasks.access import Denied
from tasks.errors import Invalid, NotFound, NotOpen, Refused, Stale, TaskError
from web import current
from web.api import problems
from web.security import ForeignForm
from web.words import gettext

_log = logging.getLogger(__name__)

_WAIT_SECONDS = "2"
_AWAY_SECONDS = "30"

_STATUS: dict[type[TaskError], int] = {Refused: 403, NotFound: 404, NotOpen: 409, Stale: 412, Invalid: 422}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What the error page shows."""

    status: int
    title: str
    message: str
    advice: str
    reference: str | None = None
    """Number to give to the system administrator; it stands in the log beside the cause."""
    again: str = ""
    """Address to try again, when that is what there is to do."""


def install(flask: Flask) -> None:
    """Let `flask` answer every error through this module."""
    flask.register_error_handler(TaskError, _refused)
    flask.register_error_handler(HTTPException, _http)
    flask.register_error_handler(Exception, _failed)


def status_of(error: TaskError) -> int:
    """Return the HTTP status of a refusal, 400 when it is of no known kind."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)


def wants_json() -> bool:
    """Tell whether a script asked, rather than a person following a link."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def _refused(error: TaskError) -> Response:
    status = status_of(error)
    if wants_json():
        body = jsonify(message=error.message, fields=dict(error.fields), status=status)
        body.status_code = status
        return body
    title, _, advice = _texts(status)
    noted = gettext("Forsøget er noteret.") if isinstance(error, Denied) else ""
    return _page(ErrorPage(status, title, error.message, f"{noted} {advice}".strip()))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or 300 <= status < 400:
        return make_response(error.get_response())
    kept = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
    title, message, advice = _foreign_form() if isinstance(error, ForeignForm) else _texts(status)
    if problems.is_for_api():
        return problems.problem(status, message, headers=kept)
    page = ErrorPage(status, title, message, advice)
    response = _json(page, foreign_form=isinstance(error, ForeignForm)) if wants_json() else _page(page)
    for name, value in kept:
        response.headers[name] = value
    return response


def _failed(error: Exception) -> Response:
    if isinstance(error, DatabaseAway):
        current.database_went_away()
        return _not_now(error, _away(), _AWAY_SECONDS)
    if isinstance(error, GAVE_WAY):
        return _not_now(error, _texts(503), _WAIT_SECONDS)
    reference = secrets.token_hex(4).upper()
    _log.exception("Request failed, reference %s: %s %s", reference, request.method, request.path)
    title, message, advice = _texts(500)
    if problems.is_for_api():
        return problems.problem(500, message, reference=reference)
    page = ErrorPage(500, title, message, advice, reference)
    return _json(page) if wants_json() else _page(page)


def _not_now(error: Exception, texts: tuple[str, str, str], seconds: str) -> Response:
    """Answer what may be tried again in a while: others were in its way, or the database is away."""
    _log.warning("Not now: %s %s: %s", request.method, request.path, error)
    title, message, advice = texts
    if problems.is_for_api():
        return problems.problem(503, message, headers=[("Retry-After", seconds)])
    again = request.full_path.rstrip("?") if request.method == "GET" else ""
    page = ErrorPage(503, title, message, advice, again=again)
    response = _json(page) if wants_json() else _page(page)
    response.headers["Retry-After"] = seconds
    return response


def _away() -> tuple[str, str, str]:
    return (
        gettext("Systemet svarer ikke lige nu"),
        gettext(
            "Vi har ingen forbindelse til databasen. Var du ved at gemme noget, så se efter bagefter, om det "
            "nåede med."
        ),
        gettext("Vent et øjeblik, og prøv igen. Bliver det ved, så giv systemforvalteren besked."),
    )


def _page(page: ErrorPage) -> Response:
    return make_response(render_template("errors/page.html", page=page), page.status)


def _json(page: ErrorPage, *, foreign_form: bool = False) -> Response:
    message = f"{page.message} {page.advice}"
    body = jsonify(
        message=message, fields={}, status=page.status, reference=page.reference, foreign_form=foreign_form
    )
    body.status_code = page.status
    return body


def _foreign_form() -> tuple[str, str, str]:
    return (
        gettext("Siden er for gammel"),
        gettext("Vi kunne ikke se, at ændringen kom fra din egen side, så intet er ændret."),
        gettext(
            "Gå tilbage, genindlæs siden, og prøv igen. Det, du har skrevet i en opgave, er gemt som kladde."
        ),
    )


def _texts(status: int) -> tuple[str, str, str]:
    """Return title, message and advice of a status."""
    known = {
        400: (
            gettext("Forespørgslen kunne ikke læses"),
            gettext("Der manglede noget i det, som siden sendte."),
            gettext("Gå tilbage, genindlæs siden, og prøv igen."),
        ),
        401: (
            gettext("Du er logget ud"),
            gettext("Din session er udløbet. Det, du har skrevet i en opgave, er gemt som kladde."),
            gettext("Log ind igen for at fortsætte."),
        ),
        403: (
            gettext("Du har ikke adgang"),
            gettext("Sager og opgaver kan kun ses af dem, der har en rolle i dem."),
            gettext("Skal du bruge adgang, så kontakt den sagsansvarlige rådgiver eller din leder."),
        ),
        404: (
            gettext("Siden findes ikke"),
            gettext("Adressen kan være skrevet forkert, eller også er det, den viste til, flyttet."),
            gettext("Søg efter sagen, eller begynd i dine opgaver."),
        ),
        405: (
            gettext("Siden findes ikke på den måde"),
            gettext("Adressen kan ikke åbnes direkte."),
            gettext("Begynd i dine opgaver."),
        ),
        409: (
            gettext("Opgaven er ikke åben længere"),
            gettext("Den er afsluttet eller bortfaldet, siden du åbnede den."),
            gettext(
                "Se på sagens tidslinje, hvad der er sket. Dit udkast er gemt, så du kan kopiere fra det."
            ),
        ),
        412: (
            gettext("En anden har ændret dette imens"),
            gettext("Det, du ser, er ikke længere det nyeste, så din ændring er ikke gemt oven i den anden."),
            gettext("Genindlæs siden, se hvad der er ændret, og prøv igen."),
        ),
        413: (
            gettext("Det er for stort"),
            gettext("Der blev sendt mere, end systemet tager imod på én gang."),
            gettext("Del det i mindre dele, og prøv igen."),
        ),
        422: (
            gettext("Noget mangler eller passer ikke"),
            gettext("Oplysningerne kunne ikke gemmes, som de står."),
            gettext("Gå tilbage, ret de felter, der er markeret, og prøv igen."),
        ),
        429: (
            gettext("For mange forsøg"),
            gettext("Der er forsøgt for mange gange på kort tid."),
            gettext("Vent et kvarter, og prøv igen."),
        ),
        503: (
            gettext("Systemet har travlt"),
            gettext("Der er så mange i gang lige nu, at vi ikke kunne nå det. Intet er ændret."),
            gettext("Vent et øjeblik, og prøv igen."),
        ),
    }
    broken = (
        gettext("Noget gik galt hos os"),
        gettext(
            "Fejlen er noteret. Intet er gemt halvt: enten er din ændring gemt hel, eller også slet ikke."
        ),
        gettext("Prøv igen om lidt. Sker det igen, så giv systemforvalteren nummeret herunder."),
    )
    return known.get(status, broken)
