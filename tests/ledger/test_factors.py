"""Where the secrets of credentials lie, by name."""

from __future__ import annotations

from uuid import UUID

from ledger.factors import Binding, credentials_id
from tests.replay.guarding import binding


def test_an_account_has_one_stream_of_credentials_and_no_two_share_it() -> None:
    ann, bob = UUID(int=1), UUID(int=2)
    assert credentials_id(ann) == credentials_id(UUID(int=1)) != credentials_id(bob)
    assert credentials_id(ann) != ann


def test_a_binding_says_its_fields_as_events_carry_them() -> None:
    found = binding()
    assert Binding(**found._asdict()) == found
    assert list(found._asdict()) == ["secret_id", "secret_mac", "secret_mac_key_id"]
