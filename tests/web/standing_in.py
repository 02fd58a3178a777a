"""A stand-in payments server on a free port, and a service that takes its webhooks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from werkzeug.serving import make_server

from web.stand_in.payments import create_payments, webhooks_of

SECRET = "whsec_for_tests"
SUCCESS = "http://localhost:8000/paid?checkout={CHECKOUT_SESSION_ID}"
CARD = {
    "email": "ann@example.com",
    "number": "4242 4242 4242 4242",
    "expiry": "12/34",
    "cvc": "123",
    "name": "Ann Example",
}


@dataclass
class Taken:
    """What a service was sent; it answers `status` to each."""

    status: int = 200
    deliveries: list[tuple[bytes, str]] = field(default_factory=list)

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.deliveries]

    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body, _ in self.deliveries]


@dataclass
class StandIn:
    """A running stand-in and the service it calls."""

    url: str
    taken: Taken

    def ask(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """One request without following where it leads: status, headers, text."""
        line = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        line.request(method, path, body.encode(), sent)
        answer = line.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read().decode()
        line.close()
        return found

    def fill(self, page_url: str, **changed: str) -> tuple[int, dict[str, str], str]:
        """Post the card form of a checkout page, with some fields changed."""
        form = urlencode({**CARD, **changed})
        return self.post(page_url, form)

    def post(self, page_url: str, form: str) -> tuple[int, dict[str, str], str]:
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", urlsplit(page_url).path, form, Content_Type=kind)

    def switch(self, **switches: Any) -> int:
        return self.tell("switches", switches)[0]

    def tell(self, what: str, given: object) -> tuple[int, Any]:
        kind = "application/json"
        path = f"/_stand_in/{what}"
        body = json.dumps(given)
        status, _, text = self.ask("POST", path, body, Content_Type=kind)
        return status, json.loads(text)


def wait_until(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Raises AssertionError if it does not come true in time."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.01)


@contextmanager
def stand_in(
    state_file: Path | None = None, webhook: tuple[str, str] | None = None
) -> Iterator[StandIn]:
    """A stand-in that sends its webhooks to a service of its own.

    Or to the address, and signed with the secret, of another one.
    """
    taken = Taken()
    with _served_service(taken) as own:
        webhook_url, secret = webhook or (own, SECRET)
        server = make_server("127.0.0.1", 0, Flask(__name__), threaded=True)
        url = f"http://127.0.0.1:{server.port}"
        app = create_payments(
            webhook_url=webhook_url,
            webhook_secret=secret,
            base_url=url,
            state_file=state_file,
        )
        server.app = app
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield StandIn(url, taken)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            webhooks_of(app).stop()


@contextmanager
def _served_service(taken: Taken) -> Iterator[str]:
    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.deliveries.append((body, self.headers["Stripe-Signature"]))
            self.send_response(taken.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=service.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{service.server_port}/webhooks/stripe"
    finally:
        service.shutdown()
        thread.join()
        service.server_close()
