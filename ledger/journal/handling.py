"""What every command handler shares: its id, its retries, its repeated answers."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from ledger.aggregate import SYSTEM
from ledger.journal.connections import Unreachable
from ledger.journal.context import Command, Context, Once, body_of, command_id
from ledger.journal.outcomes import (
    CommandRepeated,
    Contended,
    Recorded,
    VersionConflict,
)
from ledger.journal.store import Journal
from ledger.journal.writer import OutcomeUnknown
from ledger.refusals import CommandReused, Refusal

NOTHING = 0
"""The position of what was not recorded."""
ATTEMPTS_MAX = 8
"""Decisions on one command before it is told to come back later."""

AGAIN = (Refusal, VersionConflict, CommandRepeated, OutcomeUnknown)
"""What may mean that the command is recorded already."""

C = TypeVar("C", bound=Command)
P = ParamSpec("P")
Handler = Callable[Concatenate[Journal, C, Context, P], Recorded]


def once_of(command: Command, context: Context, operation: str) -> Once:
    """Return the command's identity: id by (principal, operation, key), body."""
    account_id: UUID = getattr(command, "account_id", SYSTEM)
    return Once(
        account_id=account_id,
        command_id=command_id(context.principal, operation, context.key),
        operation=operation,
        body=body_of(command),
    )


@contextmanager
def _observed(
    observer: Callable[[str, str, float], None], operation: str
) -> Iterator[None]:
    """Tell the journal's observer how the command ended and how long it took."""
    began, outcome = time.perf_counter(), "recorded"
    try:
        yield
    except Refusal as refusal:
        outcome = type(refusal).__name__
        raise
    except BaseException:
        outcome = "failed"
        raise
    finally:
        observer(operation, outcome, time.perf_counter() - began)


def handler(decide: Handler[C, P]) -> Handler[C, P]:
    """Make a use case idempotent, and repeat it when somebody else was faster.

    The use case decides inside a unit of the journal. A refusal, a conflict or a lost
    connection first asks whether the same command was recorded before; if so, that
    is the answer. A refusal, or the finding that nothing is to be done, counts only
    where no other process knows better by then. Raises CommandReused for another body,
    Contended after too many conflicts, Unreachable when the database stays away.
    """
    operation = decide.__name__

    @functools.wraps(decide)
    def handle(
        journal: Journal,
        command: C,
        context: Context,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Recorded:
        once = once_of(command, context, operation)
        known = context.under(once)
        step = partial(decide, journal, command, known, *args, **kwargs)
        if journal.observer is None:
            return _settled(journal, once, step)
        with _observed(journal.observer, operation):
            return _settled(journal, once, step)

    return cast("Handler[C, P]", handle)


def _settled(journal: Journal, once: Once, decide: Callable[[], Recorded]) -> Recorded:
    """Decide until it is recorded, refused, or found to be recorded already."""
    for attempt in range(ATTEMPTS_MAX):
        unit = journal.unit()
        try:
            with unit:
                decided = decide()
                if decided.position == NOTHING:
                    journal.require_current()
                return decided
        except CommandReused:
            raise
        except AGAIN as news:
            recorded = journal.repeat(once)
            if recorded is not None:
                return recorded
            if isinstance(news, Refusal) and not journal.has_outrun(unit):
                raise
            time.sleep(0.002 * attempt)
    raise Contended(once.operation)


__all__ = ["Handler", "Unreachable", "handler", "once_of"]
