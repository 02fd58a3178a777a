"""Events on their way to the service: signed, sent over HTTP, sent again until taken.

How they are sent can be switched: once, twice, never, late, in another order.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from web.stand_in.books import Books, Object

DELIVER = ("once", "twice", "never", "late")
LATE_SECONDS = 5.0
SHUFFLE_SECONDS = 0.25
"""While shuffling, events wait this long, so that there are some to mix."""
RETRY_SECONDS_MIN = 0.2
RETRY_SECONDS_MAX = 10.0
ATTEMPTS_MAX = 1_000
"""Nearly three hours of a service that is down; after that only `deliver_now` sends."""
ANSWER_SECONDS_MAX = 10.0
TICK_SECONDS = 2.0


@dataclass(frozen=True)
class Switches:
    """How events are sent; `delay_seconds` is for `late`, `seed` for `shuffle`."""

    deliver: str = "once"
    delay_seconds: float = LATE_SECONDS
    shuffle: bool = False
    seed: int | None = None

    @classmethod
    def read(cls, given: Any) -> Switches:
        """From a JSON object; raises ValueError naming what is wrong."""
        known = {field.name: field.default for field in fields(cls)}
        if not isinstance(given, dict) or not set(given) <= set(known):
            raise ValueError(f"an object with {', '.join(known)} is wanted")
        made = cls(**given)
        if made.deliver not in DELIVER:
            raise ValueError(f"deliver is one of {', '.join(DELIVER)}")
        number = isinstance(made.delay_seconds, int | float)
        if not number or not 0 <= made.delay_seconds <= 30 * 86_400:
            raise ValueError("delay_seconds is a number of seconds, 30 days at most")
        if type(made.shuffle) is not bool:
            raise ValueError("shuffle is true or false")
        if made.seed is not None and type(made.seed) is not int:
            raise ValueError("seed is a whole number")
        return made


def signature(payload: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` of a body sent at this second."""
    signed = hmac.new(secret.encode(), b"%d." % at + payload, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


class Webhooks:
    """Sends what was announced from one thread of its own, until `stop`."""

    def __init__(self, books: Books, url: str, secret: str) -> None:
        self.switches = Switches()
        self.attempts = 0
        self._chance = random.Random()  # noqa: S311 - it only mixes test events
        self._books = books
        self._url = urlsplit(url)
        self._secret = secret
        self._wake = threading.Event()
        self._stopping = False
        self._sending = threading.Lock()
        self._thread: threading.Thread | None = None
        left = books.all("stand_in.delivery")
        self._pending = {one["id"]: None for one in left if one["state"] != "done"}

    def start(self, every_tick: Callable[[], None]) -> None:
        """Start sending; `every_tick` is called every few seconds as well."""
        self._thread = threading.Thread(
            target=self._run, args=(every_tick,), name="webhooks", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the event being sent; the others stay due for the next start."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(ANSWER_SECONDS_MAX)

    def switch(self, switches: Switches) -> None:
        """Send what is announced from now on in this way."""
        self.switches = switches
        self._chance.seed(switches.seed)

    def announce(self, event: Object) -> None:
        """Note an event for sending; to be called in the change that records it."""
        how, now = self.switches, time.time()
        due = {"late": now + how.delay_seconds, "never": None}.get(how.deliver, now)
        if due is not None and how.shuffle:
            due += SHUFFLE_SECONDS
        self._books.put(
            {
                "object": "stand_in.delivery",
                "id": event["id"],
                "attempts": 0,
                "copies": 2 if how.deliver == "twice" else 1,
                "due_at": due,
                "state": "due",
            }
        )
        self._pending[event["id"]] = None
        self._wake.set()

    def deliver_now(self, *, again: bool = False) -> tuple[int, int]:
        """Send all that was not yet taken, or with `again` all; sent and failed."""
        every = self._books.all("stand_in.delivery")
        deliveries = every if again else self._waiting()
        taken = [self._send(one) for one in self._ordered(deliveries)]
        return sum(taken), len(taken) - sum(taken)

    def _run(self, every_tick: Callable[[], None]) -> None:
        ticked_at = 0.0
        while not self._stopping:
            if time.monotonic() - ticked_at > TICK_SECONDS:
                every_tick()
                ticked_at = time.monotonic()
            self._wake.clear()
            due, wait = self._due()
            for delivery in due:
                if self._stopping:
                    return
                self._send(delivery)
            if not due:
                self._wake.wait(wait)

    def _due(self) -> tuple[list[Object], float]:
        now = time.time()
        waiting = [
            one
            for one in self._waiting()
            if one["state"] == "due" and one["due_at"] is not None
        ]
        due = [one for one in waiting if one["due_at"] <= now]
        nearest = min((one["due_at"] - now for one in waiting), default=TICK_SECONDS)
        return self._ordered(due), min(max(nearest, 0.01), TICK_SECONDS)

    def _waiting(self) -> list[Object]:
        found = [self._books.get("stand_in.delivery", id) for id in list(self._pending)]
        return [one for one in found if one is not None]

    def _ordered(self, deliveries: list[Object]) -> list[Object]:
        if self.switches.shuffle:
            self._chance.shuffle(deliveries)
        return deliveries

    def _send(self, delivery: Object) -> bool:
        event = self._books.get("event", delivery["id"])
        if event is None:  # older than what the books keep over a restart
            self._books.amend(delivery, state="done")
            self._pending.pop(delivery["id"], None)
            return False
        with self._sending:
            copies = [self._post(event) for _ in range(delivery["copies"])]
        self._settle(delivery, event, all(copies))
        return all(copies)

    def _settle(self, delivery: Object, event: Object, taken: bool) -> None:
        attempts = delivery["attempts"] + 1
        wait = min(RETRY_SECONDS_MIN * 2 ** min(attempts, 20), RETRY_SECONDS_MAX)
        state = "given up" if attempts >= ATTEMPTS_MAX else "due"
        with self._books.change():
            self._books.amend(
                delivery,
                attempts=attempts,
                due_at=None if state == "given up" else time.time() + wait,
                state="done" if taken else state,
            )
            if taken and event["pending_webhooks"]:
                self._books.amend(event, pending_webhooks=0)
        if taken:
            self._pending.pop(event["id"], None)

    def _post(self, event: Object) -> bool:
        body = json.dumps(event, indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (stand-in)",
            "Stripe-Signature": signature(body, self._secret, int(time.time())),
        }
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        line = kind(str(self._url.hostname), self._url.port, timeout=ANSWER_SECONDS_MAX)
        self.attempts += 1
        try:
            line.request("POST", self._url.path or "/", body, headers)
            return 200 <= line.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()
