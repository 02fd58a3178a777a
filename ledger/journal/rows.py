"""What a consumer of the journal writes: statements with the names of their fact."""

from __future__ import annotations

from typing import Any

from ledger.journal.consumers import Surprise
from ledger.journal.piped import Pipe, Sent
from ledger.journal.reader import Fact


class Rows:
    """What a consumer writes into one generation, beside its position."""

    def __init__(self, pipe: Pipe, generation: int) -> None:
        self.pipe = pipe
        self.generation = generation
        self._sent: list[tuple[Sent, int, Fact]] = []

    def write(self, sql: str, fact: Fact, hits: int = 1, **values: Any) -> None:
        """Send a statement that must hit so many rows; -1 for any number.

        The names account, generation, position and at (when it happened) are given.
        """
        sent = self.pipe.send(sql, self._named(fact, values))
        if hits >= 0:
            self._sent.append((sent, hits, fact))

    def ask(self, sql: str, fact: Fact, **values: Any) -> list[tuple[Any, ...]]:
        """Return rows as they are after everything written before."""
        self.pipe.settle()
        return self.pipe.connection.execute(
            sql, self._named(fact, values), prepare=True
        ).fetchall()

    def check(self) -> None:
        """Raise Surprise for a statement that did not hit what it had to.

        Once the pipe is settled.
        """
        for sent, hits, fact in self._sent:
            if sent.rowcount != hits:
                raise Surprise(f"{fact.topic} hit {sent.rowcount} rows, not {hits}")

    def _named(self, fact: Fact, values: dict[str, Any]) -> dict[str, Any]:
        values["account"] = fact.account_id
        values["generation"] = self.generation
        values["position"] = fact.position
        values["at"] = fact.happened_at
        return values
