"""One JSON line a request and a job: no secret, no personal data, no forged line."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

FIELDS = "fields"


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object; a line break in a value stays a \\n in it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. Exceptions are told by type and place, not by value."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "what": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["trouble"] = type(record.exc_info[1]).__name__
            line["trace"] = trace_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=str)


def trace_of(trouble: BaseException | None) -> list[str]:
    """Return where it happened, causes first; messages are left out.

    What a message quotes may be anything: an address, a row, a secret.
    """
    told: list[str] = []
    met: list[BaseException] = []
    while trouble is not None and trouble not in met:
        met.append(trouble)
        places = [
            f"{frame.f_code.co_filename}:{number} {frame.f_code.co_name}"
            for frame, number in traceback.walk_tb(trouble.__traceback__)
        ]
        told = [*places, type(trouble).__name__, *told]
        hidden = trouble.__suppress_context__
        trouble = trouble.__cause__ or (None if hidden else trouble.__context__)
    return told


def install() -> None:
    """Send everything that is logged to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Its lines name checkouts and customers in the addresses it asks.
    logging.getLogger("stripe").setLevel(logging.WARNING)


def note(what: str, **values: object) -> None:
    """Log one line with its values beside it."""
    logging.getLogger("daybook").info(what, extra={FIELDS: values})
