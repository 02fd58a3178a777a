"""Whether a key of our zone is seen from outside: by every resolver that is asked."""

from __future__ import annotations

from commands.domain_lookups import look_for_key
from commands.gateways.dns import Lookups
from commands.signing_rounds import Sight
from ledger.dns_records import FOUND


def sight_of(lookups: Lookups, zone: str) -> Sight:
    """Return how to look for a key at a name of our zone."""

    def sight(name: str, public_key: str) -> bool | None:
        finding = look_for_key(lookups, f"{name}.{zone}", public_key)
        return None if finding.is_temporary else finding.state == FOUND

    return sight
