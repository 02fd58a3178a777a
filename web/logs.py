"""One JSON line a request and a job: no secret, no personal data, no forged line."""

from __future__ import annotations

import json
import logging
import sys
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
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


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
