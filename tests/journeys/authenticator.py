"""An authenticator app in somebody's hand, and a screen used by keyboard alone."""

from __future__ import annotations

import time
from collections.abc import Callable

import pyotp
from playwright.sync_api import Locator, Page

STEP_SECONDS = 30
STOPS_MAX = 80
RING = "e => getComputedStyle(e).outlineStyle !== 'none'"
REACHED = "e => e === document.activeElement"


class Authenticator:
    """Shows codes, each of them once: the service takes none twice."""

    def __init__(self, seed: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._codes = pyotp.TOTP(seed.replace(" ", ""))
        self._shown = 0

    def code(self) -> str:
        """Return the next code, which is one step ahead of time at most."""
        step = max(self._now(), self._shown + 1)
        while step > self._now() + 1:
            time.sleep(0.1)
        self._shown = step
        return str(self._codes.generate_otp(step))

    def _now(self) -> int:
        return int(self._clock()) // STEP_SECONDS


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus, and see that a ring shows it."""
    for _ in range(STOPS_MAX):
        if target.evaluate(REACHED):
            assert target.evaluate(RING), target
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by keyboard to {target}")
