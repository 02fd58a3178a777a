"""E-mail address: asked for with the password, confirmed by links, undone in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.profiles import unsubscribe_token
from tests.commands.people import member, new_email
from tests.web.browsing import Browser, words_of
from tests.web.signed_in import Inhabitant


def ask(ida: Inhabitant, email: str, **typed: str) -> tuple[int, str]:
    answer = ida.send("/email", email=email, **typed)
    return answer.status_code, words_of(answer.text)


def follow(ida: Inhabitant, what: str, token: str) -> tuple[int, str]:
    """Open a mailed link in another browser and press its button."""
    path = f"/email/{what}/{token}"
    answer = Browser(ida.app).send(path, path)
    return answer.status_code, words_of(answer.text)


def changed(ida: Inhabitant) -> str:
    """Change the address, both sides confirming; the new one."""
    email = new_email("ida")
    assert "A link was mailed to the new address" in ask(ida, email)[1]
    follow(ida, "confirm", ida.token("email_change_notice", "confirm_token"))
    follow(ida, "confirm", ida.token("email_change_confirm"))
    assert ida.account.email == email
    return email


def test_both_sides_confirm_where_two_factor_is_off(ida: Inhabitant) -> None:
    old = ida.account.email
    ask(ida, new_email())
    follow(ida, "confirm", ida.token("email_change_confirm"))
    assert ida.account.email == old
    follow(ida, "confirm", ida.token("email_change_notice", "confirm_token"))
    assert ida.account.email != old


def test_opening_a_link_changes_nothing(ida: Inhabitant) -> None:
    old = ida.account.email
    ask(ida, new_email())
    stranger = Browser(ida.app)
    for token in (
        ida.token("email_change_confirm"),
        ida.token("email_change_notice", "confirm_token"),
    ):
        assert stranger.get(f"/email/confirm/{token}").status_code == 200
    assert ida.account.email == old


def test_a_free_and_a_taken_address_are_answered_alike(ida: Inhabitant) -> None:
    taken = member(ida.service.journal).email
    free = new_email()
    first, second = ask(ida, free), ask(ida, taken)
    assert first[0] == second[0] == 200
    assert first[1].replace(free, "") == second[1].replace(taken, "")


@pytest.mark.parametrize(
    ("email", "typed", "said"),
    [
        ("nobody@", {}, "not an address that mail can be sent to"),
        ("new@example.com", {"current_password": "no"}, "not the account’s password"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    ida: Inhabitant, email: str, typed: dict[str, str], said: str
) -> None:
    status, words = ask(ida, email, **typed)
    assert (status, said in words) == (422, True)


def test_the_own_address_is_no_change(ida: Inhabitant) -> None:
    status, words = ask(ida, ida.person.email.upper())
    assert (status, "This is the account’s address already" in words) == (422, True)


def test_the_old_address_can_say_no_before(ida: Inhabitant) -> None:
    ask(ida, new_email())
    status, _ = follow(ida, "cancel", ida.token("email_change_notice"))
    assert status == 200
    assert follow(ida, "confirm", ida.token("email_change_confirm"))[0] == 410


def test_the_customer_can_keep_the_address_that_is(ida: Inhabitant) -> None:
    ask(ida, new_email())
    answer = ida.browser.send("/email/give-up", "/email")
    assert "The address stays as it is" in words_of(answer.text)
    assert ida.browser.send("/email/give-up", "/email").status_code == 303


def test_the_old_address_can_undo_for_three_days_and_all_sessions_end(
    ida: Inhabitant,
) -> None:
    old = ida.person.email
    changed(ida)
    ida.clock.move(timedelta(hours=72, microseconds=-1))
    assert follow(ida, "undo", ida.token("email_changed_previous"))[0] == 200
    assert ida.account.email == old
    assert not ida.is_in()


def test_after_three_days_nothing_is_undone(ida: Inhabitant) -> None:
    new = changed(ida)
    ida.clock.move(timedelta(hours=72))
    assert follow(ida, "undo", ida.token("email_changed_previous"))[0] == 410
    assert ida.account.email == new


def test_the_newsletter_ends_by_one_click_without_a_cookie(ida: Inhabitant) -> None:
    ida.browser.send("/email/newsletter", "/email", newsletter="on")
    token = unsubscribe_token(ida.service.journal, ida.account_id)
    client = ida.app.test_client()
    answer = client.post(
        f"/newsletter/{token}",
        data={"List-Unsubscribe": "One-Click"},
        base_url="http://localhost:8000",
    )
    assert answer.status_code == 200
    assert 'name="newsletter" checked' not in ida.browser.get("/email").text


def test_receipts_go_elsewhere_once_that_address_has_confirmed(ida: Inhabitant) -> None:
    form = {"receipt_email": "books@example.net", "mode": "additional"}
    answer = ida.send("/email/receipts", "/email", **form)
    assert "A link was mailed to the receipt address" in words_of(answer.text)
    path = f"/receipt-address/{ida.token('receipt_address_confirm')}"
    stranger = Browser(ida.app)
    assert stranger.get(path).status_code == 200
    assert stranger.send(path, path).status_code == 200
    assert stranger.send(path, path).status_code == 410
    assert "books@example.net" in ida.reads("/email")
    ida.browser.send("/email/receipts/remove", "/email")
    assert "books@example.net" not in ida.reads("/email")
