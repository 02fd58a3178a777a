"""The world's edge in memory: what our gateways reach, without what they go through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.gateways.dns import Conversation
from ledger.dns_records import (
    ANSWERED,
    NO_DATA,
    NO_NAME,
    SERVER_FAILURE,
    Answer,
    Question,
)

RESOLVERS = 2
TTL_SECONDS = 300


@dataclass
class Names:
    """The Domain Name System as two resolvers see it; records by (host, type).

    `trouble` makes a host answer with a status, `seen_by_one` shows its records to the
    first resolver only.
    """

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)
    seen_by_one: set[str] = field(default_factory=set)
    asked: list[Question] = field(default_factory=list)

    def begin(self) -> Sequence[Conversation]:
        return [Talk(self, number) for number in range(RESOLVERS)]

    def publish(self, host: str, type_: str, *values: str) -> None:
        """Put these records in the place of those of the host and type."""
        self.records[host, type_] = list(values)

    def remove(self, host: str, type_: str) -> None:
        """Take the records of the host and type away."""
        self.records.pop((host, type_), None)


@dataclass
class Talk:
    """What one of the two says."""

    names: Names
    number: int

    def ask(self, question: Question) -> Answer:
        self.names.asked.append(question)
        host = question.host.lower()
        if status := self.names.trouble.get(host):
            return Answer(status=status)
        names = [host]
        while not (values := self._records(names[-1], question.type)):
            alias = self._records(names[-1], "CNAME")
            if not alias:
                nothing = self._nothing(names[-1])
                return Answer(status=nothing, chain=tuple(names[1:]))
            if alias[0] in names:
                return Answer(status=SERVER_FAILURE)
            names.append(alias[0])
        return Answer(
            status=ANSWERED,
            values=tuple(sorted(values)),
            chain=tuple(names[1:]),
            ttl_seconds=TTL_SECONDS,
        )

    def _records(self, host: str, type_: str) -> list[str]:
        if self.number and host in self.names.seen_by_one:
            return []
        return self.names.records.get((host, type_), [])

    def _nothing(self, host: str) -> str:
        known = {name for name, _ in self.names.records}
        is_there = any(name == host or name.endswith(f".{host}") for name in known)
        return NO_DATA if is_there else NO_NAME
