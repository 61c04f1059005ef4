"""A browser and a program as the service sees them: one connection kept open, a session or an API token."""

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

from host.errors import HostError

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how many seconds it took from the first byte sent to the last one read."""

    status: int
    body: bytes
    headers: http.client.HTTPMessage
    seconds: float

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Client:
    """Asks over one kept connection."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        """Connect when first asked; `headers` go with every request."""
        self._port = port
        self._headers = headers
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request and read the whole answer. Raises HostError for an answer that is an error."""
        content = None if body is None else json.dumps(body).encode()
        headers = self._headers if content is None else {**self._headers, "Content-Type": "application/json"}
        connection = self._connected()
        began = time.perf_counter()
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        data = response.read()
        seconds = time.perf_counter() - began
        if response.will_close:
            self.close()
        if response.status >= 400:
            raise HostError(f"{method} {path}: {response.status} {data[:300]!r}")
        return Answer(response.status, data, response.headers, seconds)

    def rest(self) -> None:
        """Begin the next measurement on a new connection: the server closes one that was idle for long."""
        self.close()
        self._connected()

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
            self._connection.connect()
        return self._connection

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def program(port: int, token: str) -> Client:
    """Return a program with a person's API token."""
    return Client(port, {"Authorization": f"Bearer {token}", "Accept": "application/json"})


def browser(port: int, session: str) -> Client:
    """Return a browser that is signed in, with the token that its forms carry."""
    cookie = f"sag_session={session}"
    asking = Client(port, {"Cookie": cookie, "Accept": "application/json"})
    answer = asking.ask("GET", "/log-ind/formular")
    asking.close()
    seeds = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie", [])]
    return Client(port, {"Cookie": "; ".join([cookie, *seeds]), "X-Formular": answer.json()["token"]})
