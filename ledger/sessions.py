"""A session: a browser or application that is signed in to an account."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregate import Aggregate, event

BROWSER = "browser"
DEVICE = "device"


class Session(Aggregate, created_event_name="Begun"):
    """One sign-in, from its beginning to its end.

    Its token's digest, its latest use and its limits are a row beside the journal,
    which alone decides on every request; what ended never lives again.
    """

    TOPIC = "sessions"

    class Event(Aggregate.Event):
        TOPIC = "sessions.Event"

    class Begun(Event, Aggregate.Created):
        """`methods` are what was shown: `password`, later a code or a passkey."""

        TOPIC = "sessions.Begun"
        account_id: UUID
        kind: str
        methods: list[str]
        credential_epoch: int

    class Ended(Event):
        """`why` is signed_out, revoked or erased; `by` is customer, staff or system."""

        TOPIC = "sessions.Ended"
        why: str
        by: str

    def __init__(
        self, account_id: UUID, kind: str, methods: list[str], credential_epoch: int
    ) -> None:
        self.account_id = account_id
        self.kind = kind
        self.methods = methods
        self.credential_epoch = credential_epoch
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
    ) -> Session:
        """Sign in, having shown who it is by these methods."""
        assert kind in (BROWSER, DEVICE)
        assert methods
        return cls._create(
            event_class=cls.Begun,
            id=session_id,
            account_id=account_id,
            kind=kind,
            methods=methods,
            credential_epoch=credential_epoch,
        )

    def end(self, why: str, by: str) -> None:
        """End the session; one that has ended stays as it is."""
        if not self.ended:
            self._ended(why=why, by=by)

    @event(Ended)
    def _ended(self, why: str, by: str) -> None:
        self.ended = True
