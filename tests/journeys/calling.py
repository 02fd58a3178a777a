"""A script that calls the JSON API, as curl would: status and body, whatever comes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from base64 import b64encode
from typing import Any
from uuid import uuid4

from tests.journeys.customer import PHRASE
from tests.running import Served


def basic(key_id: str, secret: str) -> str:
    """The header of a key."""
    return "Basic " + b64encode(f"{key_id}:{secret}".encode()).decode()


def call(
    running: Served,
    path: str,
    authorization: str = "",
    body: dict[str, Any] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Ask, or send where there is a body; return the status and what was answered."""
    headers = {"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
    if authorization:
        headers["Authorization"] = authorization
    data = None if body is None else json.dumps(body).encode()
    url = f"{running.url}/api/v1{path}"
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}")


def application(running: Served, email: str, name: str = "Daybook for Mac") -> str:
    """Sign the desktop application in; return the header of its token."""
    body = {"email": email, "password": PHRASE, "application": name}
    status, told = call(running, "/sessions", body=body)
    assert status == 201, told
    return f"Bearer {told['token']}"
