"""Who asks the API: the holder of a key, or a signed-in application."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from flask import abort, g, request

from commands.api_keys import authenticate_key
from commands.limiter import ip_subject
from commands.live_sessions import live_session
from ledger.refusals import AccountDisabled
from web import access
from web.policies import DEVICE, KEY
from web.problems import problem, too_many

CHALLENGES = {
    KEY: 'Basic realm="Daybook API", charset="UTF-8"',
    DEVICE: 'Bearer realm="Daybook API"',
}
NEEDED: dict[tuple[str, ...], tuple[str, str]] = {
    (KEY,): ("A key's id and secret are needed.", "key-needed"),
    (DEVICE,): ("A signed-in application's token is needed.", "token-needed"),
}
EITHER = ("A key, or a signed-in application's token, is needed.", "key-needed")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks the API; a service key has the nil account."""

    kind: str
    id: UUID
    account_id: UUID
    scopes: frozenset[str] = frozenset()

    @property
    def is_device(self) -> bool:
        """Whether it is an application in the customer's own hands."""
        return self.kind == DEVICE


def caller_of(who: tuple[str, ...]) -> Caller | None:
    """Return who calls a route of keys or devices; None for any other route.

    Aborts with 401, or 429 after many failures; raises AccountDisabled.
    """
    asked = tuple(kind for kind in (KEY, DEVICE) if kind in who)
    if not asked:
        return None
    given = request.authorization
    caller = None
    if given is not None and given.type == "basic" and KEY in asked:
        caller = _key(given.username or "", given.password or "")
    elif given is not None and given.type == "bearer" and DEVICE in asked:
        caller = _device(given.token or "")
    if caller is None:
        _unknown(asked, tried=given is not None)
    return caller


def refuse(
    status: int, title: str, kind: str, evidence: Iterable[str] = ()
) -> NoReturn:
    """Answer with a problem that no refusal of the ledger stands for."""
    more = {"scopes": list(evidence)} if evidence else {}
    abort(problem(status, title, kind=f"/problems/{kind}", **more))


def _key(name: str, secret: str) -> Caller | None:
    key_id = _uuid(name)
    if key_id is None:
        return None
    journal = access.service().journal
    key = authenticate_key(journal, key_id, secret, g.now, request.remote_addr)
    if key is None:
        return None
    if key.disabled:
        raise AccountDisabled
    kind = "service" if key.for_service else "api_key"
    return Caller(
        kind=kind, id=key.key_id, account_id=key.account_id, scopes=key.scopes
    )


def _device(token: str) -> Caller | None:
    origin = request.remote_addr, request.user_agent.string or None
    journal = access.service().journal
    found = live_session(journal, token, g.now, DEVICE, *origin)
    if found is None:
        return None
    if found.disabled:
        raise AccountDisabled
    return Caller(kind=DEVICE, id=found.session_id, account_id=found.account_id)


def _unknown(asked: tuple[str, ...], *, tried: bool) -> NoReturn:
    """Say what is needed; whoever tries much is told to wait instead."""
    if tried:
        wait = access.counted("key_failures_ip", ip_subject(request.remote_addr))
        if wait:
            abort(too_many(wait))
    title, name = NEEDED.get(asked, EITHER)
    response = problem(401, title, kind=f"/problems/{name}")
    for kind in asked:
        response.headers.add("WWW-Authenticate", CHALLENGES[kind])
    abort(response)


def _uuid(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None
