"""The API over HTTP: keys, form bodies, idempotency, expansion, errors."""

from __future__ import annotations

import copy
import hashlib
import json
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from web.stand_in.books import Books, Object, new_id
from web.stand_in.desk import Desk
from web.stand_in.endpoint import Endpoint
from web.stand_in.endpoints import ENDPOINTS, lines_of
from web.stand_in.parameters import Declined, Given, Refused, checked, decode

TEST_KEYS = ("sk_test_", "rk_test_")
LIVE_KEYS = ("sk_live_", "rk_live_")
KEY_LENGTH_MAX = 255


def create_api(desk: Desk) -> Blueprint:
    """Stripe's API under `/v1`, as far as the stand-in knows it."""
    api = Blueprint("api", __name__, url_prefix="/v1")
    for endpoint in ENDPOINTS:
        api.add_url_rule(
            endpoint.path.removeprefix("/v1"),
            endpoint=f"{endpoint.method} {endpoint.path}".replace(".", " "),
            view_func=partial(_answer, desk, endpoint),
            methods=[endpoint.method],
        )
    unknown = partial(_unknown, desk)
    methods = ["GET", "POST", "DELETE", "PUT", "PATCH"]
    api.add_url_rule("/<path:path>", view_func=unknown, methods=methods, endpoint="?")
    api.register_error_handler(Refused, _refused)
    return api


def _answer(desk: Desk, endpoint: Endpoint, id: str = "") -> Response:
    _check_key()
    given = decode(_encoded())
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LENGTH_MAX:
        raise Refused("Idempotency keys have 255 characters at most")
    if request.method != "POST" or not key:
        return _reply(*_act(desk, endpoint, id, given, key or None))
    try:
        with desk.books.change():
            before = desk.books.get("stand_in.answer", key)
            if before is not None:
                return _repeated(before, given)
            made, status = _act(desk, endpoint, id, given, key)
            _keep(desk.books, key, given, made, status)
            return _reply(made, status)
    except Refused as refused:  # the change is undone, the answer is remembered
        _keep(desk.books, key, given, refused.body, refused.status)
        raise


def _act(
    desk: Desk, endpoint: Endpoint, id: str, given: Given, key: str | None
) -> tuple[Object, int]:
    with desk.books.change():
        desk.request = {"id": new_id("req", 14), "idempotency_key": key}
        values = checked(given, endpoint.params)
        try:
            made = endpoint.act(desk, values, id)
        except Declined as declined:
            return declined.body, declined.status
        made = copy.deepcopy(made)
        for path in values.get("expand", []):
            _expand(desk, made, path)
        return made, 200


def _expand(desk: Desk, made: Object, path: str) -> None:
    """Put the object in the place of its id along `path`; raises Refused."""
    places: list[Any] = [made]
    for step in path.split("."):
        inner = []
        for place in places:
            inner += _stepped(desk, place, step, path)
        places = inner


def _stepped(desk: Desk, place: Object, step: str, path: str) -> list[Any]:
    if step == "data" and place.get("object") == "list":
        return list(place["data"])
    if step == "line_items" and place["object"] == "checkout.session":
        place[step] = copy.deepcopy(lines_of(desk, place))
    elif isinstance(place.get(step), str):
        found = desk.books.find(place[step])
        if found is None:
            raise _not_expandable(path)
        place[step] = copy.deepcopy(found)
    elif step not in place or (place[step] and not isinstance(place[step], dict)):
        raise _not_expandable(path)
    return [place[step]] if place[step] else []


def _not_expandable(path: str) -> Refused:
    return Refused(f"This property cannot be expanded ({path}).", param="expand")


def _check_key() -> None:
    given = request.authorization
    key = (given.token or given.username or "") if given else ""
    if key.startswith(LIVE_KEYS):
        raise Refused("The stand-in takes no live keys.", status=401)
    if not key.startswith(TEST_KEYS):
        raise Refused("You did not provide a test API key.", status=401)


def _encoded() -> str:
    if request.method != "POST":
        return request.query_string.decode("ascii", "replace")
    try:
        return request.get_data().decode()
    except UnicodeDecodeError:
        raise Refused("The request's body is not UTF-8") from None


def _digest(given: Given) -> str:
    said = json.dumps([request.path, given], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _keep(books: Books, key: str, given: Given, body: Object, status: int) -> None:
    # Stripe remembers no answer to a request that its checks turned away.
    error = body.get("error", {})
    turned_away = str(error.get("code")).startswith("parameter_")
    if turned_away or books.get("stand_in.answer", key) is not None:
        return
    books.put(
        {
            "object": "stand_in.answer",
            "id": key,
            "created": books.now(),
            "digest": _digest(given),
            "body": body,
            "status": status,
        }
    )


def _repeated(before: Object, given: Given) -> Response:
    if before["digest"] != _digest(given):
        raise Refused(
            "Keys for idempotent requests can only be used with the same parameters "
            f"they were first used with. Try using a key other than '{before['id']}' "
            "if you meant to execute a different request.",
            kind="idempotency_error",
        )
    answer = _reply(before["body"], before["status"])
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _reply(body: Object, status: int = 200) -> Response:
    text = json.dumps(body, indent=2, ensure_ascii=False)
    answer = Response(text, status, content_type="application/json")
    answer.headers["Request-Id"] = new_id("req", 14)
    key = request.headers.get("Idempotency-Key")
    if key and key.isprintable():
        answer.headers["Idempotency-Key"] = key
    return answer


def _refused(refused: Refused) -> Response:
    return _reply(refused.body, refused.status)


def _unknown(desk: Desk, path: str) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.path})."
    return _reply(Refused(message).body, 404)
