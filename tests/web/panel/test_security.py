"""Password & security: nothing changes without the password, and the code where on."""

from __future__ import annotations

import re

import pyotp
import pytest

from tests.web.browsing import hidden, words_of
from tests.web.signed_in import PHRASE, Inhabitant

NEW = "La Sambre coule vers Namur"
SEED = re.compile(r'id="seed"[^>]*>([A-Z2-7 ]{39})<')
CODES = re.compile(r"<li>([0-9A-Z-]{19})")


def change(ida: Inhabitant, **typed: str) -> str:
    form = {"password": NEW, "password_again": NEW} | typed
    answer = ida.send("/security/password", "/security", **form)
    return f"{answer.status_code} {words_of(answer.text)}"


def enrol(ida: Inhabitant) -> tuple[str, list[str]]:
    """Turn an authenticator on as the pages say; its secret and the codes."""
    page = ida.browser.get("/security/two-factor").text
    found = SEED.search(page)
    assert found is not None
    seed = found[1].replace(" ", "")
    data = hidden(page) | {"code": pyotp.TOTP(seed).at(ida.clock())}
    answer = ida.browser.send("/security/two-factor", "/security", **data)
    return seed, CODES.findall(answer.text)


def test_a_changed_password_opens_and_the_old_one_does_not(ida: Inhabitant) -> None:
    assert "The password was changed" in change(ida)
    assert ida.elsewhere(password=PHRASE).status_code == 422
    assert ida.elsewhere(password=NEW).status_code == 303
    assert ida.mails("password_changed_done")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"current_password": "not mine at all"}, "not the account’s password"),
        ({"password_again": "something else"}, "The two passwords differ"),
        ({"password": "short", "password_again": "short"}, "15"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_its_field(
    ida: Inhabitant, typed: dict[str, str], said: str
) -> None:
    told = change(ida, **typed)
    assert told.startswith("422")
    assert said in told
    assert not ida.mails("password_changed_done")


def test_other_sessions_stay_unless_the_ticked_offer_is_left_on(
    ida: Inhabitant,
) -> None:
    other = ida.another()
    page = ida.browser.get("/security").text
    assert re.search(r'name="end_others"[^>]*checked', page)
    change(ida)
    assert other.is_in()
    back = {"password": PHRASE, "password_again": PHRASE, "end_others": "on"}
    change(ida, current_password=NEW, **back)
    assert not other.is_in()
    assert ida.is_in()


def test_an_authenticator_is_on_only_after_a_code_and_codes_follow_once(
    ida: Inhabitant,
) -> None:
    assert "authenticator" in ida.reads("/security/two-factor")
    assert ida.another().is_in()
    seed, codes = enrol(ida)
    assert len(codes) == 10
    assert codes[0] not in ida.browser.get("/security").text
    half = ida.elsewhere()
    assert half.location is not None
    assert "code" in half.location
    assert seed not in ida.browser.get("/security").text


def test_a_wrong_code_turns_nothing_on(ida: Inhabitant) -> None:
    page = ida.browser.get("/security/two-factor").text
    data = hidden(page) | {"code": "000000"}
    answer = ida.browser.send("/security/two-factor", "/security", **data)
    assert answer.status_code == 422
    assert not ida.mails("factor_added")


def test_turning_off_asks_for_password_and_code(ida: Inhabitant) -> None:
    seed = ida.with_authenticator()
    assert ida.send("/security/off", code="000000").status_code == 422
    answer = ida.send("/security/off", code=ida.code(seed))
    assert "Two-factor sign-in is off" in words_of(answer.text)
    assert ida.mails("two_factor_off")


def test_new_recovery_codes_are_shown_once_for_password_and_code(
    ida: Inhabitant,
) -> None:
    seed = ida.with_authenticator()
    assert ida.send("/security/codes", current_password="wrong").status_code == 422
    answer = ida.send("/security/codes", code=ida.code(seed))
    assert len(CODES.findall(answer.text)) == 10
    assert CODES.findall(ida.browser.get("/security/codes").text) == []


def test_one_factor_of_several_can_go(ida: Inhabitant) -> None:
    seed = ida.with_authenticator()
    page = ida.browser.get("/security").text
    found = re.search(r'href="(/security/off/[0-9a-f-]{36})"', page)
    assert found is not None
    answer = ida.send(found[1], code=ida.code(seed))
    assert "It is not asked for any more" in words_of(answer.text)


def test_a_passkey_the_browser_did_not_make_is_not_added(ida: Inhabitant) -> None:
    answer = ida.browser.send(
        "/security/passkey", "/security/passkey", passkey="{}", name="key"
    )
    assert answer.status_code == 422
    assert "not accepted" in words_of(answer.text)
