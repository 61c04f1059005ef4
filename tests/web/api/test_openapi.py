"""The API keeps what its document promises, whatever it is sent: the document is read by schemathesis, which
sends what fits it and what does not, to a municipality at work."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.parameters import ParameterLocation

from tests.kept import Kept
from tests.web.busy import rows_of, settle_busy_town
from tests.web.town import API, Town, open_kept_town
from web.api.document import document
from web.api.routes import CATALOGUE

EXAMPLES = 10
"""Requests per operation; more find nothing new, and the suite is run often."""

NOT_CHECKED = {
    # A body may fit the document and still be refused: answers have a form of their own.
    "positive_data_acceptance",
    # What is not there answers 404 and not 200; ids are never given twice.
    "use_after_free",
    "ensure_resource_availability",
}

load_all_checks()


@pytest.fixture
def busy(kept: Kept) -> Town:
    """A municipality at work."""
    return open_kept_town(kept, "sqlite", settle_busy_town)


def test_the_document_is_openapi_3_1(busy: Town) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", busy.flask)
    schema.validate()
    assert document()["openapi"].startswith("3.1.")
    assert schema.specification.version == document()["openapi"]


def test_the_document_names_every_route_and_no_other(busy: Town) -> None:
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in busy.flask.url_map.iter_rules()
        if rule.rule.startswith(API)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    said = {(path, method) for path, entry in document()["paths"].items() for method in entry}
    assert said == routes
    names = [one.name for one in CATALOGUE.operations]
    assert len(names) == len(set(names))
    assert all(one.about for one in CATALOGUE.operations), "every operation says what it does"


@pytest.mark.parametrize("tag", sorted({one.tag for one in CATALOGUE.operations}))
def test_whatever_is_sent_is_answered_as_the_document_says(busy: Town, tag: str) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", busy.flask)
    rows = rows_of(busy)
    for one in CATALOGUE.operations:
        if one.tag == tag:
            _send(schema.find_operation_by_id(one.name), rows, busy.token("mette.holm"))


def _send(operation: Any, rows: dict[str, list[Any]], token: str) -> None:
    """Send an operation what fits the document, with ids of what there is and of what there is not, and what
    does not fit."""
    parameters = document()["paths"][operation.path][operation.method]["parameters"]
    names = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
    known = {name: str(rows[name][-1]) for name in names}
    sent = [
        operation.as_strategy(GenerationMode.POSITIVE, path_parameters=known),
        operation.as_strategy(GenerationMode.POSITIVE),
    ]
    if operation.body or operation.query:
        sent.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=known))

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(*sent))
    def ask(case: Case) -> None:
        unchecked = NOT_CHECKED | (set() if _is_wrong_in_its_body(case) else {"negative_data_rejection"})
        checks = [CHECKS.get_one(check) for check in CHECKS.get_all_names() if check not in unchecked]
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=checks)

    ask()


def _is_wrong_in_its_body(case: Case) -> bool:
    """Whether the body is what does not fit: what is wrong in a header or an address may be gone when it is
    sent (blanks, nothing)."""
    part = case.meta.components.get(ParameterLocation.BODY) if case.meta else None
    return part is not None and part.mode.is_negative
