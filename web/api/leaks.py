"""Where secret scanners tell of keys that they found in public."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import current_app, g, request
from flask.typing import ResponseReturnValue

from commands.key_revocations import revoke_leaked
from ledger.journal import Actor, Context
from web.api import frame
from web.api.shapes import Shape, asked_text
from web.policies import ANYONE

section = frame.Section("leaks", "Keys that were found in public", frame.PREFIX)


class LeakSchema(Shape):
    """A whole secret; a part of one, or its id, does nothing."""

    secret = asked_text("The secret as it was found", frame.BODY_BYTES_MAX)


@section.tell(
    "/leaked-keys",
    None,
    LeakSchema,
    who=(ANYONE,),
    bucket="leaks",
    scopes=(),
    status=204,
    keyed=False,
)
def report_leak(body: dict[str, Any]) -> ResponseReturnValue:
    """Revoke the key and write to its holder; the answer is the same for anything."""
    context = Context(
        principal="scanner",
        key=str(uuid4()),
        actor=Actor("anonymous", ""),
        now=g.now,
        correlation_id=g.request_id,
        ip=request.remote_addr,
    )
    revoke_leaked(frame.journal(), body["secret"].strip(), context)
    return current_app.response_class(status=204)
