"""One customer names another's things: answered as if there were none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest

from commands import challenges, email_links
from commands.challenges import Challenge
from commands.gateways import tokens
from commands.it_letters import refusal_token
from commands.profiles import ChooseLookup, choose_lookup, unsubscribe_token
from commands.receipt_addresses import RECEIPT_ADDRESS
from ledger.api_keys import ApiKey
from tests.commands import operations
from tests.commands.asked import own_words
from tests.commands.people import member
from tests.commands.tenants import Tenant, contents, envelope, with_everything
from tests.conftest import NOON, Cluster
from tests.web.service import Clock, service_on
from web.wiring import Service

NAMING = {
    "address_id", "binding", "challenge", "change_id", "checkout_id", "domain_id",
    "factor_id", "hold_id", "host_id", "keep_session", "key_id", "period_id",
    "purchase_id", "receipt_id", "refund_id", "secret", "session_id", "staff_id",
}  # fmt: skip
"""What names something of an account, as commands and queries call it."""
PARTS = {
    "challenges.drop_due", "challenges.link", "challenges.pose", "challenges.posed",
    "api_keys.issue_service_key", "challenges.tried", "credentials.keep",
    "closing.closed_account", "domain_names.known_domain", "domains.removals",
    "email_links.new_links", "erasure.destroy",
    "erasure.done", "erasure.plan", "erasure.record_erasure", "erasure.take_steps",
    "key_uses.note_use", "key_uses.seen_from",
    "it_letters.letters_of", "letters.letter", "owners.profile_of",
    "live_sessions.endings", "live_sessions.sealed_origin",
    "live_sessions.session_row", "second_factors.passkey_of",
    "second_factors.passkey_options", "second_factors.prove",
    "session_begins.begun", "session_begins.open_session",
    "session_begins.used_up", "signing_keys.begin_signing",
    "sign_ups.ask_for_account", "sign_ups.is_good_link", "sign_ups.open_account",
    "tracking_domains.release_tracking_hosts", "tracking_domains.tracking_of",
    "subscription_settling.watch", "subscriptions.customer_of",
    "reaction_mails.tell_account",
    "top_up_cards.open_card_page", "top_up_charges.take_over",
    "top_up_notes.balance_now", "top_up_notes.bought_so",
    "top_up_notes.top_up_of", "top_up_notes.watch",
    "top_up_purchases.may_buy", "top_up_settling.give_up_open",
    "top_up_settling.settle_saved",
    "plans.kind_of", "plans.subscription_of", "usage.current_usage", "usage.usage_of",
    "usage_contacts.forget_contacts", "usage_contacts.forget_usage",
    "usage_recounts.recount", "usage_settling.destroy_keys",
    "usage_settling.end_period",
    "staff.record_invitation", "staff_acts.note_look", "profiles.unsubscribe_token",
}  # fmt: skip
"""Parts of commands: what they are given was found, or drawn, just before."""
OWN_ALONE = {
    "email_changes.record_email_change", "email_changes.request_email_change",
    "panel_links.make_panel_link", "password_changes.change_password",
    "password_changes.record_password", "session_ends.end_other_sessions",
}  # fmt: skip
"""What acts in the asker's own account; the session only tells which one asked."""
DOORS = {
    "accounts.sign_in_verified": "verify",
    "accounts.sign_up_of": "verify",
    "accounts.verify_sign_up": "verify",
    "email_approvals.approve_email_change": "confirm",
    "email_approvals.cancel_by_link": "cancel",
    "email_links.settle_of": "confirm",
    "email_links.shown": "confirm",
    "email_undos.undo_email_change": "undo",
    "factor_resets.refuse_factor_reset": "keep",
    "factors.add_passkey": "",
    "factors.confirm_code": "",
    "factors.pending_code": "",
    "it_letters.refuser_of": "letters",
    "it_letters.refuse_letters": "letters",
    "live_sessions.live_session": "session",
    "panel_links.enter_by_link": "panel",
    "panel_links.panel_link_shown": "panel",
    "password_changes.reset_of": "reset",
    "password_changes.reset_password": "reset",
    "profiles.unsubscriber_of": "newsletter",
    "receipt_addresses.confirm_receipt_address": "receipts",
    "receipt_addresses.receipt_address_shown": "receipts",
    "sessions.finish_sign_in": "half",
    "sessions.half_shown": "half",
    "staff_joining.invitation_of": "invitation",
    "staff_joining.join_staff": "invitation",
}
"""Which token opens what, whoever holds it; none for what asks whose it is as well."""
ANSWERED_ALONE = {"cancel", "keep", "undo"}
"""Links that the queries here tell nothing about: an answer takes them at once."""
OPERATIONS = {
    name: operation
    for name, operation in operations.found().items()
    if name not in PARTS
}


def taking(*names: str) -> list[str]:
    """The operations that take one of these."""
    return [one for one, op in OPERATIONS.items() if operations.takes(op) & {*names}]


BY_THING = taking(*NAMING)
BY_TOKEN = [name for name in taking("token", "text") if name not in BY_THING]
BY_ACCOUNT = [n for n in taking("account_id") if n not in {*BY_THING, *BY_TOKEN}]


class Two(NamedTuple):
    """The service, and the customer whose things are asked for."""

    service: Service
    ann: Tenant


@pytest.fixture(scope="module")
def two(cluster: Cluster) -> Iterator[Two]:
    with service_on(cluster.new_database(), Clock()) as service:
        ann = with_everything(service)
        journal, who = service.journal, ann.account_id
        ann.tokens["newsletter"] = unsubscribe_token(journal, who)
        ann.tokens["letters"] = refusal_token(journal, ann.email)
        key = journal.fresh(ApiKey, ann.things["key_id"])
        confirm = posed(service, ann.tokens["confirm"], email_links.CONFIRM)
        address = posed(service, ann.tokens["receipts"], RECEIPT_ADDRESS)
        ann.things |= {
            "binding": key.binding,
            "challenge": confirm,
            "change_id": UUID(confirm.data["change_id"]),
            "address_id": UUID(address.data["address_id"]),
            "keep_session": ann.things["session_id"],
            "staff_id": who,
        }
        yield Two(service, ann)


def posed(service: Service, token: str, kind: str) -> Challenge:
    found = challenges.posed(service.journal, token, kind, NOON)
    assert found is not None
    return found


def named(ann: Tenant, purchase: str = "purchase_id") -> dict[str, Any]:
    """What is hers, by the names that commands have for it."""
    hers = {name: it for name, it in ann.things.items() if name in NAMING}
    return hers | {"purchase_id": ann.things[purchase]}


def ghosts(hers: dict[str, Any]) -> dict[str, Any]:
    """What is made like somebody's things, and is nobody's."""
    made = {name: uuid4() for name, it in hers.items() if isinstance(it, UUID)}
    challenge = replace(hers["challenge"], account_id=uuid4(), digest=uuid4().bytes * 2)
    binding = hers["binding"]._replace(secret_id=uuid4())
    return {**made, "challenge": challenge, "binding": binding, "checkout_id": "cs_0"}


def spliced(text: str, who: UUID) -> str:
    """The secret of a token of somebody else, in the asker's own name."""
    return f"{who}.{text.partition('.')[2]}"


def asks(two: Two, name: str, who: UUID, **things: Any) -> str:
    """What comes of it when this customer asks."""
    given = own_words(two.service, who, name) | things
    return operations.outcome(OPERATIONS[name], given)


def test_every_token_and_every_thing_of_a_customer_is_in_the_matrix() -> None:
    assert set(BY_TOKEN) == set(DOORS)
    assert set(OWN_ALONE) <= set(BY_THING)
    assert set(operations.found()) >= PARTS
    assert len(BY_THING) > 25
    assert len(BY_ACCOUNT) > 30


@pytest.mark.parametrize("name", sorted(set(BY_THING) - OWN_ALONE))
def test_anothers_thing_is_answered_as_one_that_there_is_not(
    two: Two, name: str
) -> None:
    bob, hers = member(two.service.journal).account_id, named(two.ann)
    before = contents(two.service)
    unknown = asks(two, name, bob, **ghosts(hers))
    assert asks(two, name, bob, **hers) == unknown
    assert asks(two, name, bob, **named(two.ann, "paid_id")) == unknown
    assert contents(two.service) == before


@pytest.mark.parametrize("name", sorted(OWN_ALONE))
def test_anothers_session_changes_nothing_but_the_askers_own(
    two: Two, name: str
) -> None:
    bob, eve = (member(two.service.journal).account_id for _ in range(2))
    hers = named(two.ann)
    before = contents(two.service, two.ann.account_id)
    unknown = asks(two, name, eve, **ghosts(hers))
    assert asks(two, name, bob, **hers) == unknown
    assert contents(two.service, two.ann.account_id) == before


@pytest.mark.parametrize("name", BY_TOKEN)
def test_no_token_opens_another_door_or_leads_to_another_account(
    two: Two, name: str
) -> None:
    bob = member(two.service.journal).account_id
    before = contents(two.service)
    nobodys = tokens.new_token(bob).text
    unknown = asks(two, name, bob, token=nobodys, text=nobodys)
    for kind, token in two.ann.tokens.items():
        texts = {spliced(token, bob), "" if kind == DOORS[name] else token}
        for text in texts:
            assert asks(two, name, bob, token=text, text=text) == unknown, kind
    assert contents(two.service) == before


def test_every_token_of_the_matrix_does_open_its_own_door(two: Two) -> None:
    opened = []
    for name in BY_TOKEN:
        if DOORS[name] and name.endswith(("_of", "shown", "live_session")):
            token = two.ann.tokens.get(DOORS[name], "")
            said = asks(two, name, two.ann.account_id, token=token, text=token)
            if not said.startswith(("None", "('TokenGone'")):
                opened.append(DOORS[name])
    assert set(opened) == set(DOORS.values()) - {"", "invitation", *ANSWERED_ALONE}


@pytest.mark.parametrize("name", BY_ACCOUNT)
def test_what_a_customer_does_leaves_the_rows_of_others_as_they_were(
    two: Two, name: str
) -> None:
    bob = member(two.service.journal).account_id
    before = contents(two.service, two.ann.account_id)
    said = asks(two, name, bob)
    assert two.ann.email not in said
    assert contents(two.service, two.ann.account_id) == before


@pytest.mark.parametrize("name", BY_ACCOUNT)
def test_for_an_account_that_there_is_not_nothing_is_recorded_or_told(
    two: Two, name: str
) -> None:
    bob = member(two.service.journal).account_id
    before = contents(two.service)
    said = asks(two, name, bob, account_id=uuid4())
    assert said == "[]" or said.startswith(("('NoSuchAccount'", "('NoSuchStaff'"))
    assert contents(two.service) == before


def test_a_command_id_of_another_customer_is_a_new_command(two: Two) -> None:
    journal, key = two.service.journal, uuid4().hex
    for who in (two.ann.account_id, member(journal).account_id):
        context = replace(envelope(two.service, who), key=key)
        wish = ChooseLookup(account_id=who, listed=False)
        first, again = (choose_lookup(journal, wish, context) for _ in range(2))
        assert (first.repeated, again.repeated) == (False, True)
