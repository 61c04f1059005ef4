"""The demo municipality behind a port, for real browsers: served from a thread of the test's own process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from host.demo import PASSWORD
from tests.web.town import Town
from tools.visitor import Visitor


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request, and keeps connections open as a real server does."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def served(flask: Flask) -> Iterator[str]:
    """Serve an application on a free port; yields its address."""
    server = make_server("127.0.0.1", 0, flask, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@dataclass
class Site:
    """A municipality at an address, and the people at its pages."""

    town: Town
    address: str
    new_page: Callable[..., Any]

    def visitor(self, username: str, **options: Any) -> Visitor:
        """Somebody signed in, in a browser of their own."""
        visitor = Visitor(self.new_page(**options), self.address)
        visitor.sign_in(username, PASSWORD)
        return visitor
