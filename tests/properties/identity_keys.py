"""API keys: issued, rotated, used, revoked, leaked."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from commands.api_keys import authenticate_key
from commands.customer_keys import (
    IssueCustomerKey,
    RotateKey,
    issue_customer_key,
    rotate_key,
)
from commands.key_revocations import RevokeApiKey, revoke_api_key, revoke_leaked
from tests.properties.identity_paper import Key
from tests.properties.identity_world import (
    KEYS_MAX,
    IdentityWorld,
    picked,
    picks,
    whose,
)


def any_key(world: IdentityWorld) -> bool:
    """Whether a key was ever issued."""
    return bool(world.paper.keys)


class KeyRules(IdentityWorld):
    """What the two people do with their keys."""

    @rule(who=whose, hours=st.sampled_from([None, None, 1]))
    def issue(self, who: int, hours: int | None) -> None:
        person, context = self.paper.people[who], self.context()
        until = None if hours is None else self.now + timedelta(hours=hours)
        command = IssueCustomerKey(
            account_id=person.account_id,
            name="Zapier",
            scopes=("account:read",),
            expires_at=until,
        )
        full = len(self.paper.keys_of(person)) == KEYS_MAX
        shown = self.ask(
            lambda: issue_customer_key(self.journal, command, context),
            "TooManyKeys" if full else None,
        )
        if shown is not None:
            self.secrets.add(shown.secret)
            self.paper.keys.append(Key(person, shown.key_id, [shown.secret], until))

    def key(self, which: int) -> Key:
        return picked(self.paper.keys[::-1], which)

    @precondition(any_key)
    @rule(which=picks, by=whose, hours=st.sampled_from([0, 1]))
    def rotate(self, which: int, by: int, hours: int) -> None:
        key = self.key(which)
        asker, context = self.paper.people[by], self.context()
        command = RotateKey(
            account_id=asker.account_id, key_id=key.key_id, overlap_hours=hours
        )
        own = asker is key.owner and not key.revoked
        shown = self.ask(
            lambda: rotate_key(self.journal, command, context),
            None if own else "NoSuchKey",
        )
        if shown is not None:
            self.secrets.add(shown.secret)
            key.former = (key.secrets[-1], self.now + timedelta(hours=hours))
            key.secrets.append(shown.secret)

    @precondition(any_key)
    @rule(one=picks, another=picks, which=st.sampled_from([-1, -1, -2, 0]))
    def use(self, one: int, another: int, which: int) -> None:
        key, other = self.key(one), self.key(another)
        secret = key.secrets[max(which, -len(key.secrets))]
        found = authenticate_key(self.journal, key.key_id, secret, self.now)
        assert (found is not None) == key.takes(secret, self.now)
        if found is not None:
            assert found.account_id == key.owner.account_id
            key.used(self.now)
        if other is not key:
            mixed = authenticate_key(self.journal, other.key_id, secret, self.now)
            assert mixed is None

    @precondition(any_key)
    @rule(which=picks, by=whose)
    def revoke(self, which: int, by: int) -> None:
        key = self.key(which)
        asker, context = self.paper.people[by], self.context()
        command = RevokeApiKey(account_id=asker.account_id, key_id=key.key_id)
        own = asker is key.owner
        refusal = None if own else "NoSuchKey"
        self.ask(lambda: revoke_api_key(self.journal, command, context), refusal)
        key.revoked = key.revoked or own

    @precondition(any_key)
    @rule(one=picks, which=st.sampled_from([-1, 0]))
    def leak(self, one: int, which: int) -> None:
        key, context = self.key(one), self.context()
        secret = key.secrets[which]
        found = revoke_leaked(self.journal, secret, context)
        assert found == key.takes(secret, self.now)
        key.revoked = key.revoked or found
