"""A session: a browser or application that is signed in to an account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledger.aggregate import Aggregate, Personal, event

BROWSER = "browser"
DEVICE = "device"
STAFF = "staff"


class Session(Aggregate, created_event_name="Begun"):
    """One sign-in, from its beginning to its end.

    Its token's digest, its latest use and its limits are a row beside the journal,
    which alone decides on every request; what ended never lives again.
    """

    TOPIC = "sessions"

    class Event(Aggregate.Event):
        TOPIC = "sessions.Event"

    class Begun(Event, Aggregate.Created):
        """`methods` are what was shown: password, totp, passkey, recovery or device.

        `application` is what a signed-in application calls itself and its device.
        """

        TOPIC = "sessions.Begun"
        class_version = 2
        account_id: UUID
        kind: str
        methods: list[str]
        credential_epoch: int
        application: Personal

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["application"] = None

    class Elevated(Event):
        """Whoever sits there has shown again who he is, by these methods."""

        TOPIC = "sessions.Elevated"
        methods: list[str]

    class Ended(Event):
        """`why` is signed_out, revoked, replaced, reset, undone, closed or erased.

        `by` is customer, staff or system.
        """

        TOPIC = "sessions.Ended"
        why: str
        by: str

    def __init__(
        self,
        account_id: UUID,
        kind: str,
        methods: list[str],
        credential_epoch: int,
        application: str | None,
    ) -> None:
        self.account_id = account_id
        self.kind = kind
        self.methods = methods
        self.credential_epoch = credential_epoch
        self.application = application
        self.ended = False

    @classmethod
    def begin(
        cls,
        session_id: UUID,
        account_id: UUID,
        *,
        kind: str,
        methods: list[str],
        credential_epoch: int,
        application: str | None = None,
    ) -> Session:
        """Sign in, having shown who it is by these methods."""
        assert kind in (BROWSER, DEVICE, STAFF)
        assert methods
        return cls._create(
            event_class=cls.Begun,
            id=session_id,
            account_id=account_id,
            kind=kind,
            methods=methods,
            credential_epoch=credential_epoch,
            application=application,
        )

    def elevate(self, methods: list[str]) -> None:
        """Allow what asks for a recent sign-in, for some minutes."""
        assert not self.ended
        assert methods
        self._elevated(methods=methods)

    def end(self, why: str, by: str) -> None:
        """End the session; one that has ended stays as it is."""
        if not self.ended:
            self._ended(why=why, by=by)

    @event(Elevated)
    def _elevated(self, methods: list[str]) -> None:
        pass

    @event(Ended)
    def _ended(self, why: str, by: str) -> None:
        self.ended = True
