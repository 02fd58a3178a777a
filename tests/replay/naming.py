"""What is recorded about names: keys that sign for a domain, and tracking hosts."""

from __future__ import annotations

from datetime import timedelta
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
from ledger.tracking_domains import TrackingDomain
from tests.conftest import NOON

DAY = timedelta(days=1)


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


def tracking_domain(account_id: UUID) -> TrackingDomain:
    """A tracking domain that is verified, lost, changed and given up."""
    it, host_id = TrackingDomain(account_id=account_id), uuid4()
    it.choose(host_id, "links.hollis.example", "k" * 26, NOON)
    it.look(host_id, "found", NOON + DAY, allowed=True, missed_since=None)
    it.look(host_id, "missing", NOON + 3 * DAY, allowed=True, missed_since=NOON)
    it.choose(uuid4(), "news.hollis.example", "n" * 26, NOON + 4 * DAY)
    it.release(NOON + 5 * DAY)
    return it


def _key() -> NewKey:
    return NewKey(
        key_id=uuid4(),
        public_key="MIIBIjANBg",
        binding=Binding(uuid4(), "5d" * 32, uuid4()),
    )
