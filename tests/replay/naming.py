"""What is recorded about names: the keys that sign for a domain."""

from __future__ import annotations

from uuid import UUID, uuid4

from ledger.factors import Binding
from ledger.signing_keys import (
    RETIRING,
    REVOKED,
    SEEN_FOR,
    SELECTORS,
    NewKey,
    SigningKeys,
)
from tests.conftest import NOON


def signing_keys(account_id: UUID) -> SigningKeys:
    """A domain's keys through every state, stopped and begun again."""
    it = SigningKeys(account_id=account_id, domain_id=uuid4(), label="k" * 26)
    it.stage({selector: _key() for selector in SELECTORS}, NOON)
    for seen in (True, False, True):
        it.look(dict.fromkeys(SELECTORS, seen), NOON)
    now = NOON + SEEN_FOR
    it.advance(dict.fromkeys(SELECTORS, True), now)
    it.rotate(now)
    it.advance({}, now + RETIRING)
    it.advance({}, now + RETIRING + REVOKED)
    it.stop("failed", now + RETIRING + REVOKED)
    it.resume()
    return it


def _key() -> NewKey:
    return NewKey(
        key_id=uuid4(),
        public_key="MIIBIjANBg",
        binding=Binding(uuid4(), "5d" * 32, uuid4()),
    )
