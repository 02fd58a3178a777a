"""Recorded facts: one line a fact, in a file a topic, only ever added to."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import ledger
from ledger.aggregate import Aggregate
from ledger.journal.records import StoredFact

RECORDED = Path(__file__).with_name("recorded")
ANY_KEY = UUID(int=0)


@dataclass(frozen=True)
class Recording:
    """A row of a real journal; `payload` and `personal` are its very bytes, as text.

    `personal` is what was sealed, in clear.
    """

    topic: str
    topic_version: int
    account_id: str
    stream_id: str
    version: int
    happened_at: str
    payload: str
    personal: str | None

    @property
    def stored(self) -> StoredFact:
        """The fact as the mapper takes it; what is sealed is in clear."""
        return StoredFact(
            originator_id=UUID(self.stream_id),
            originator_version=self.version,
            topic=self.topic,
            state=self.payload.encode(),
            account_id=UUID(self.account_id),
            topic_version=self.topic_version,
            sealed=None if self.personal is None else self.personal.encode(),
            sealed_key_id=None if self.personal is None else ANY_KEY,
            happened_at=datetime.fromisoformat(self.happened_at),
        )


def kept() -> list[Recording]:
    """Every recording there is."""
    return [
        Recording(**json.loads(line))
        for path in sorted(RECORDED.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def by_stream(recordings: Iterable[Recording]) -> Mapping[str, list[Recording]]:
    """Recordings by stream, each in the order of its versions."""
    found = defaultdict(list)
    for recording in sorted(recordings, key=lambda one: one.version):
        found[recording.stream_id].append(recording)
    return found


def add(recordings: Iterable[Recording]) -> list[str]:
    """Append the streams that show a topic or version for the first time."""
    known = {(one.topic, one.topic_version) for one in kept()}
    added = []
    for stream in by_stream(recordings).values():
        new = {(one.topic, one.topic_version) for one in stream} - known
        if new:
            known |= new
            added += [f"{topic} version {version}" for topic, version in sorted(new)]
            for one in stream:
                path = RECORDED / f"{one.topic}.jsonl"
                with path.open("a") as file:
                    file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
    return added


def event_classes() -> dict[str, type[Aggregate.Event]]:
    """Every event class of the ledger, by its topic."""
    for module in pkgutil.iter_modules(ledger.__path__, f"{ledger.__name__}."):
        importlib.import_module(module.name)
    found = {}
    for aggregate in Aggregate.__subclasses__():
        if aggregate.__module__.startswith("ledger."):
            for kind in vars(aggregate).values():
                if isinstance(kind, type) and issubclass(kind, Aggregate.Event):
                    found[str(getattr(kind, "TOPIC", ""))] = kind
    return {
        topic: kind
        for topic, kind in found.items()
        if "." in topic and not topic.endswith(".Event")
    }
