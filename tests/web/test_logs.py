"""A log line is one JSON object, whatever was put into it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from web import logs
from web.logs import JsonLines

HOSTILE = {
    "line": 'x\n{"level": "error", "what": "forged"}',
    "return": "x\r\nx",
    "nul": "x\x00x",
    "escape": "\x1b[2J\x1b]0;title\x07",
    "bidi": "\u202etxet\u202c \u2066x\u2069",
    "separators": "x\u2028x\u2029x\x85x\x0bx\x0c",
    "half": "x\ud800x",
    "quotes": '"}, {"\\',
    "tag": "</script><!--",
}


@pytest.fixture
def loggers() -> Iterator[None]:
    """The loggers to be set up, and afterwards as the tests have them."""
    root, quiet = logging.getLogger(), logging.getLogger("stripe")
    handlers, levels = root.handlers[:], (root.level, quiet.level)
    for handler in handlers:
        root.removeHandler(handler)
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(levels[0])
    quiet.setLevel(levels[1])


def line_of(what: str, trouble: BaseException | None = None, **values: object) -> str:
    info = (type(trouble), trouble, trouble.__traceback__) if trouble else None
    record = logging.LogRecord("x", logging.INFO, "x", 1, what, (), info)
    record.fields = values
    return JsonLines().format(record)


def raised_from(secret: str) -> BaseException:
    try:
        try:
            raise KeyError(secret)
        except KeyError as trouble:
            raise ValueError(f"no such address: {secret}") from trouble
    except ValueError as trouble:
        return trouble


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_value_can_end_its_line_or_draw_on_a_terminal(text: str) -> None:
    for line in (
        line_of(text),
        line_of("x", route=text),
        line_of("x", None, **{text: "x"}),
    ):
        assert line.isascii()
        assert line.isprintable()
        assert len(line.splitlines()) == 1
    assert json.loads(line_of(text))["what"] == text
    assert json.loads(line_of("x", route=text))["route"] == text


def test_a_line_says_when_how_grave_and_what() -> None:
    told = json.loads(line_of("request", status=200, id=UUID(int=1)))
    assert told.pop("at").endswith("+00:00")
    assert told == {
        "level": "info",
        "what": "request",
        "status": 200,
        "id": str(UUID(int=1)),
    }


def test_a_trouble_is_told_by_type_and_place_and_never_by_its_message() -> None:
    line = line_of("request failed", raised_from("ann@example.com"))
    told = json.loads(line)
    assert told["trouble"] == "ValueError"
    assert "ann@example.com" not in line
    places = [one for one in told["trace"] if "raised_from" in one]
    assert len(places) == 2
    assert all(__file__ in place for place in places)
    assert [one for one in told["trace"] if one.isalpha()] == ["KeyError", "ValueError"]


def test_a_cause_that_was_hidden_stays_hidden() -> None:
    hidden = ValueError()
    hidden.__context__ = KeyError()
    assert logs.trace_of(hidden) == ["KeyError", "ValueError"]
    hidden.__suppress_context__ = True
    assert logs.trace_of(hidden) == ["ValueError"]


def test_troubles_that_cause_each_other_are_told_once_each() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert logs.trace_of(one) == ["KeyError", "ValueError"]


def test_every_logger_writes_to_standard_error_as_json(
    loggers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.install()
    logs.note("job", job="inbox", done=3)
    logging.getLogger("somebody.else").warning("a %s\nword", "careless")
    logging.getLogger("somebody.else").debug("too quiet")
    said = capsys.readouterr()
    told: list[dict[str, Any]] = [json.loads(line) for line in said.err.splitlines()]
    assert said.out == ""
    assert [(one["level"], one["what"]) for one in told] == [
        ("info", "job"),
        ("warning", "a careless\nword"),
    ]
    assert told[0]["done"] == 3


def test_what_stripes_sdk_says_of_checkouts_is_not_written(
    loggers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.install()
    logging.getLogger("stripe").info("Request to /v1/checkout/sessions/cs_1")
    logging.getLogger("stripe").warning("trouble")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["what"] == "trouble"


def test_installing_twice_writes_every_line_once(
    loggers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.install()
    logs.install()
    logs.note("job")
    assert len(capsys.readouterr().err.splitlines()) == 1
