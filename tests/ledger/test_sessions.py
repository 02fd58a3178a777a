"""What a session records."""

from __future__ import annotations

from uuid import UUID

from ledger.sessions import Session
from tests.specification import fact, given
from tests.strategies import ANN


def begun() -> Session:
    return Session.begin(
        UUID(int=5), ANN, kind="browser", methods=["password"], credential_epoch=1
    )


def test_a_session_says_how_and_under_which_credentials_it_began() -> None:
    given(None).when(lambda _: begun()).then(
        fact(
            Session.Begun,
            account_id=ANN,
            kind="browser",
            methods=["password"],
            credential_epoch=1,
            application=None,
        )
    )


def test_a_session_ends_for_a_reason() -> None:
    given(begun()).when(lambda s: s.end("signed_out", "customer")).then(
        fact(Session.Ended, why="signed_out", by="customer")
    )


def test_what_has_ended_ends_no_second_time() -> None:
    session = begun()
    session.end("signed_out", "customer")
    given(session).when(lambda s: s.end("revoked", "staff")).then()
    assert session.ended
