"""Steps that are repeated in threads, whatever becomes of one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from web import logs

IDLE_GROWTH, IDLE_SECONDS_MAX = 1.2, 0.1
"""A loop that finds nothing looks more and more seldom: a quiet service costs little,
and what comes then is found within a tenth of a second all the same."""
TROUBLE_SECONDS = 1.0


class Thread(threading.Thread):
    """Runs something that itself goes on until stopped."""

    def __init__(self, name: str, target: Callable[[], None]) -> None:
        super().__init__(name=name, target=target, daemon=True)


class Loop(threading.Thread):
    """Repeats a step; pauses when there was nothing to do, longer after trouble.

    A pause of `idle` seconds grows to IDLE_SECONDS_MAX until there is work again.
    """

    def __init__(
        self, name: str, step: Callable[[], int], stop: threading.Event, idle: float
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._step, self._stop_event, self._idle = step, stop, idle

    def run(self) -> None:
        """Repeat until stopped; what fails is logged and tried again."""
        idle = self._idle
        while not self._stop_event.is_set():
            try:
                began = time.perf_counter()
                done = self._step()
                pause = 0.0 if done else idle
                idle = self._idle if done else longer(idle)
                if done:
                    took = round((time.perf_counter() - began) * 1000, 1)
                    logs.note("job", job=self.name, done=done, milliseconds=took)
            except Exception as trouble:  # the next try may find the database again
                told = {"trouble": type(trouble).__name__}
                about = getattr(trouble, "__notes__", [])
                logs.note("job failed", job=self.name, **told, about=about)
                pause = TROUBLE_SECONDS
            if pause:
                self._stop_event.wait(pause)


def longer(idle: float) -> float:
    """Return the pause after another look in vain, in seconds."""
    return max(idle, min(idle * IDLE_GROWTH, IDLE_SECONDS_MAX))
