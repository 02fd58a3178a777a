"""Browsers that were signed in before: the marks they keep, and what a mark is worth.

A mark names an account and its credential epoch under our signature. It opens nothing:
its browser has tries of its own where strangers used up the account's, and a sign-in
without one is worth a mail. Whatever raises the epoch makes every browser unknown.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from commands import limits
from commands.gateways import tokens
from ledger.journal import Vault

PURPOSE = "browser-marks"
MARK_CHARACTERS_MAX = 200
BETWEEN = "~"


class Mark(NamedTuple):
    """Which account's owner used a browser, under which epoch, and until when.

    `until` is in seconds since 1970.
    """

    account_id: UUID
    epoch: int
    browser_id: UUID
    until: int

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.account_id}.{self.epoch}.{self.browser_id}.{self.until}"


def new_mark(vault: Vault, account_id: UUID, epoch: int, now: datetime) -> str:
    """Return the mark of a browser whose user has just shown who he is."""
    until = now + timedelta(seconds=limits.KNOWN_BROWSER_SECONDS)
    mark = Mark(account_id, epoch, tokens.new_id(), int(until.timestamp()))
    return f"{mark.text}.{_signature(vault, mark).hex()}"


def with_mark(text: str, mark: str) -> str:
    """Return a browser's marks with a new one: one of each account, the newest first.

    What is no mark at all is left out; whose signature is right is not asked here.
    """
    parts = {mark.partition(".")[0]: mark}
    for part in text.split(BETWEEN):
        if _parsed(part) is not None:
            parts.setdefault(part.partition(".")[0], part)
    return BETWEEN.join(list(parts.values())[: limits.KNOWN_BROWSER_ACCOUNTS_MAX])


def marks_in(vault: Vault, text: str, now: datetime) -> list[Mark]:
    """Return the marks of a browser that we signed and that are not over."""
    parts = text.split(BETWEEN, limits.KNOWN_BROWSER_ACCOUNTS_MAX)
    read = [_parsed(part) for part in parts[: limits.KNOWN_BROWSER_ACCOUNTS_MAX]]
    return [
        found[0]
        for found in read
        if found is not None
        and now.timestamp() < found[0].until
        and tokens.same(_signature(vault, found[0]), found[1])
    ]


def _parsed(part: str) -> tuple[Mark, bytes] | None:
    """Return a mark as it was written, and its signature; None for any other text."""
    if len(part) > MARK_CHARACTERS_MAX or not part.isascii():
        return None
    try:
        account_id, epoch, browser_id, until, signature = part.split(".")
        mark = Mark(UUID(account_id), int(epoch), UUID(browser_id), int(until))
        signed = bytes.fromhex(signature)
    except ValueError:
        return None
    return (mark, signed) if part == f"{mark.text}.{signed.hex()}" else None


def _signature(vault: Vault, mark: Mark) -> bytes:
    return vault.digest(PURPOSE, mark.text.encode()).data
