"""Looking somebody up to work together: by his exact address, and nothing else."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from commands.profiles import look_up
from web import access
from web.api import frame
from web.api.shapes import Shape, asked_text, flag, text
from web.policies import DEVICE

section = frame.Section("people", "Who else has an account", frame.PREFIX)


class LookupSchema(Shape):
    """Whom to look up; the address stands in the body so that no log has it."""

    email = asked_text("The exact address", 400)


class PersonSchema(Shape):
    """What is shown of somebody; unknown and unlisted people are answered alike."""

    found = flag("Whether there is somebody; otherwise he will be invited by mail")
    name = text("The name", nullable=True)
    picture = text("Where the picture is", nullable=True)


@section.tell(
    "/people/lookup",
    PersonSchema,
    LookupSchema,
    who=(DEVICE,),
    bucket="lookup",
    scopes=(),
    keyed=False,
)
def look_up_person(body: dict[str, Any]) -> ResponseReturnValue:
    """Tell name and picture of whoever has exactly this address."""
    caller = frame.caller()
    person = look_up(frame.journal(), caller.account_id, body["email"], frame.context())
    if person is None:
        return {"found": False, "name": None, "picture": None}
    picture = None
    if person.picture is not None:
        picture = f"{access.base_origin()}/pictures/{person.picture}.webp"
    return {"found": True, "name": person.name, "picture": picture}
