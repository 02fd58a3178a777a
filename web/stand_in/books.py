"""What the stand-in payments server remembers, one JSON line per change in a file.

Everything is a map with an `object` (its kind) and an `id`, Stripe's objects as well as
our own notes, so that a further kind (a subscription, a dispute, a test clock) needs no
change here.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Object = dict[str, Any]

KEPT_SECONDS = {"stand_in.answer": 86_400, "event": 30 * 86_400}
"""How long a kind is kept over a restart; all others are kept for good."""


class Books:
    """All objects by kind and id, in the order in which they were made.

    Objects are never changed in place: `put` replaces one. A `change` is all or
    nothing, in memory and in the file, and excludes all other changes while it lasts.
    """

    def __init__(
        self, file: Path | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._kinds: dict[str, dict[str, Object]] = {}
        self._file = file
        self._now = now
        self._lock = threading.RLock()
        self._acting = threading.local()
        self._open: list[tuple[Object, Object | None]] | None = None
        if file is not None:
            self._read(file)

    def now(self) -> int:
        """The stand-in's one clock, in whole seconds since 1970; a set one stands."""
        fixed = getattr(self._acting, "moment", None)
        clock = self.get("stand_in.clock", "clock")
        return int(fixed or (clock["moment"] if clock else self._now()))

    def set_clock(self, moment: int) -> None:
        """Let the clock stand at this moment, in seconds since 1970."""
        self.put({"object": "stand_in.clock", "id": "clock", "moment": moment})

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Do something as of a moment, in this thread alone."""
        self._acting.moment = moment
        try:
            yield
        finally:
            self._acting.moment = None

    @contextmanager
    def change(self) -> Iterator[None]:
        """Put several objects, or none of them if the block raises."""
        with self._lock:
            if self._open is not None:
                yield
                return
            self._open = []
            try:
                yield
                self._write([made for made, _ in self._open])
            except BaseException:
                self._undo()
                raise
            finally:
                self._open = None

    def put(self, made: Object) -> Object:
        """Add an object, or replace the one of its kind and id."""
        with self.change():
            kind = self._kinds.setdefault(made["object"], {})
            assert self._open is not None
            self._open.append((made, kind.get(made["id"])))
            kind[made["id"]] = made
        return made

    def amend(self, made: Object, **fields: Any) -> Object:
        """Put the object again with other fields."""
        return self.put({**made, **fields})

    def get(self, kind: str, id: str) -> Object | None:
        return self._kinds.get(kind, {}).get(id)

    def all(self, kind: str) -> list[Object]:
        """Every object of a kind, oldest first."""
        with self._lock:
            return list(self._kinds.get(kind, {}).values())

    def find(self, id: str) -> Object | None:
        """The object of this id, whatever Stripe's kind it is of."""
        with self._lock:
            kinds = [k for name, k in self._kinds.items() if "stand_in" not in name]
        return next((kind[id] for kind in kinds if id in kind), None)

    def _undo(self) -> None:
        for made, before in reversed(self._open or []):
            if before is None:
                del self._kinds[made["object"]][made["id"]]
            else:
                self._kinds[made["object"]][made["id"]] = before

    def _write(self, made: list[Object]) -> None:
        if self._file is None or not made:
            return
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(made, ensure_ascii=False) + "\n")

    def _read(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            # A text may hold a line separator, and a torn line end within a letter.
            for line in file.read_text("utf-8", "replace").split("\n"):
                self._take(line)
        kept = [o for kind in self._kinds.values() for o in kind.values()]
        kept = [made for made in kept if self._still_wanted(made)]
        self._kinds = {}
        for made in kept:
            self._kinds.setdefault(made["object"], {})[made["id"]] = made
        fresh = file.with_suffix(file.suffix + ".new")
        fresh.touch(mode=0o600)
        fresh.write_text(
            "".join(json.dumps([made], ensure_ascii=False) + "\n" for made in kept),
            encoding="utf-8",
        )
        fresh.replace(file)

    def _take(self, line: str) -> None:
        try:
            made = json.loads(line)
        except ValueError:  # the last line of a process that was killed while writing
            return
        for one in made:
            self._kinds.setdefault(one["object"], {})[one["id"]] = one

    def _still_wanted(self, made: Object) -> bool:
        kept = KEPT_SECONDS.get(made["object"])
        if kept is not None:
            return bool(made["created"] + kept > self.now())
        if made["object"] == "stand_in.delivery":
            return bool(made["state"] != "done")
        return True


def new_id(prefix: str, length: int = 24) -> str:
    """An id in Stripe's manner: `pi_` and letters and digits nobody can guess."""
    return f"{prefix}_{secrets.token_hex(length)[:length]}"
