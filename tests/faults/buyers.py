"""People who buy and send all the time, and the processor's word on what they paid."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import urllib.request
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.running import Running
from web.visitor import Astray, Sender, Visitor
from web.wiring import TEST_KEY

PHRASE = "Il pleut sur Brest, encore"
SKU, CREDITS = "credits-2000", 2000
TROUBLES = (Astray, OSError, http.client.HTTPException, ValueError)


@dataclass
class Buyer:
    """A customer who buys again and again, whatever happens to the service."""

    running: Running
    number: int
    visitor: Visitor = field(init=False)
    account_id: str = ""

    def __post_init__(self) -> None:
        self.visitor = self.running.visitor()
        email = f"buyer{self.number}@example.org"
        self.visitor.sign_up(f"Buyer {self.number}", email, PHRASE)
        self.account_id = self.running.account_id(email)

    def buy_until(self, stop: threading.Event, sender: Sender) -> None:
        """Buy, hold and release until told to stop; troubles end one purchase only."""
        while not stop.is_set():
            self.visitor.base = self.running.url
            self.visitor.mailbox = self.running.mailbox
            with suppress(*TROUBLES):
                self.visitor.buy(SKU)
            with suppress(*TROUBLES):
                held = sender.hold(self.account_id, "letter", 7)
                path = f"/accounts/{self.account_id}/holds/{held}/release"
                sender.call("POST", path, {})
            stop.wait(random.Random(self.number).uniform(0.01, 0.1))


@contextmanager
def buying(buyers: list[Buyer], sender: Sender) -> Iterator[None]:
    """Let all of them buy meanwhile."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=buyer.buy_until, args=(stop, sender))
        for buyer in buyers
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def charges(running: Running) -> Counter[str]:
    """Return how many charges of each account succeeded, by the stand-in's books."""
    found: list[dict[str, Any]] = []
    more, after = True, ""
    while more:
        url = f"{running.payments}/v1/charges?limit=100{after}"
        token = b64encode(f"{TEST_KEY}:".encode()).decode()
        asked = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            page = json.loads(answer.read())
        found, more = found + page["data"], page["has_more"]
        after = f"&starting_after={found[-1]['id']}" if found else ""
    paid = [charge for charge in found if charge["status"] == "succeeded"]
    return Counter(charge["metadata"]["account_id"] for charge in paid)


def ready(running: Running, seconds: float = 90) -> None:
    """Wait until the service answers again, by itself."""
    until = time.monotonic() + seconds
    while True:
        with (
            suppress(OSError, http.client.HTTPException),
            urllib.request.urlopen(f"{running.url}/readyz", timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        assert time.monotonic() < until, running.log_end()
        time.sleep(0.1)
