"""That the numbers keep the promises made beside them."""

from __future__ import annotations

from datetime import timedelta

from commands import limits
from ledger.accounts import SIGN_UP_TERM


def test_pages_and_mails_tell_the_term_that_the_ledger_keeps() -> None:
    assert timedelta(hours=limits.SIGN_UP_HOURS) == SIGN_UP_TERM


def test_the_longest_password_of_any_script_fits_its_bytes() -> None:
    characters_of_four_bytes = 4 * limits.PASSWORD_CHARACTERS_MAX
    assert characters_of_four_bytes <= limits.PASSWORD_BYTES_MAX


def test_todays_hashes_are_within_what_a_stored_hash_may_cost() -> None:
    assert limits.ARGON2_MEMORY_KIB <= limits.ARGON2_MEMORY_KIB_MAX
    assert limits.ARGON2_PASSES <= limits.ARGON2_PASSES_MAX
    assert limits.ARGON2_LANES <= limits.ARGON2_LANES_MAX


def test_all_hashes_at_once_fit_a_small_machine() -> None:
    kib = limits.PASSWORDS_AT_ONCE * limits.ARGON2_MEMORY_KIB
    assert kib <= 128 * 1024


def test_a_secret_has_at_least_256_bits() -> None:
    assert limits.SECRET_BYTES * 8 >= 256


def test_an_idle_session_ends_before_its_day_is_over() -> None:
    assert (
        limits.SESSION_SEEN_SECONDS
        < limits.SESSION_IDLE_SECONDS_MAX
        < limits.SESSION_SECONDS_MAX
    )
