"""Browser tests run, or it is said why not; and in CI they always run."""

from __future__ import annotations

from tests.browser_ready import HOW, verdict


def test_a_browser_that_is_there_needs_no_words() -> None:
    assert verdict("/usr/bin/chromium", {"CI": "true"}) == (0, "")


def test_without_a_browser_the_tests_are_skipped_and_the_line_says_how_to_get_it() -> (
    None
):
    status, line = verdict(None, {})
    assert status == 0
    assert HOW in line
    assert "\n" not in line


def test_a_missing_browser_fails_in_ci() -> None:
    status, line = verdict(None, {"CI": "true"})
    assert status == 1
    assert HOW in line
