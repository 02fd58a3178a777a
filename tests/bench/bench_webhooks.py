"""How long Stripe waits until its event is kept: one call after another, over HTTP."""

from __future__ import annotations

import http.client
import time

from tests.bench.bench_usage import served
from tests.bench.stage import durable_database
from tests.web.test_webhooks import event, signed

CALLS = 400


def run(scale: float) -> dict[str, float]:
    """Return the milliseconds from the event sent until it is answered for."""
    with durable_database() as database, served(database) as port:
        line = http.client.HTTPConnection("127.0.0.1", port)
        seconds = [_call(line) for _ in range(max(20, int(CALLS * scale)))][1:]
    seconds.sort()
    return {
        f"webhooks.answered_p{percent}.milliseconds": 1000
        * seconds[len(seconds) * percent // 100]
        for percent in (50, 99)
    }


def _call(line: http.client.HTTPConnection) -> float:
    body = event()
    headers = {"Stripe-Signature": signed(body), "Content-Type": "application/json"}
    begun = time.perf_counter()
    line.request("POST", "/webhooks/stripe", body, headers)
    answer = line.getresponse()
    answer.read()
    took = time.perf_counter() - begun
    assert answer.status == 204
    return took
