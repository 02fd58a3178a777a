"""Every mistake in a configuration is found and told by its place."""

from __future__ import annotations

from ledger.configuration import TEXT, Reader, whole


def test_what_is_right_is_taken_and_nothing_is_left() -> None:
    reader = Reader({"name": "x", "parts": [{"size": 2}]}, "")
    assert reader.take("name", TEXT) == "x"
    (part,) = reader.tables("parts")
    assert part.take("size", whole(1)) == 2
    assert part.done() == reader.done() == []


def test_every_mistake_is_collected_with_its_place() -> None:
    reader = Reader({"name": 3, "parts": [{"size": 0}, 7], "more": 1}, "top.")
    reader.take("name", TEXT)
    for part in reader.tables("parts"):
        part.take("size", whole(1))
    told = reader.done()
    assert told[0] == "top.name: expected some text, not 3"
    assert "top.parts[1]: expected a table, not 7" in told
    assert any(one.startswith("top.parts[0].size: expected a whole") for one in told)
    assert told[-1] == "top.more: is not known"


def test_what_may_be_left_out_has_its_default() -> None:
    reader = Reader({}, "")
    assert reader.take("size", whole(1), 5) == 5
    assert reader.tables("parts", 0) == []
    assert reader.done() == []
    reader.tables("parts")
    assert reader.done() == ["parts: expected at least one table"]
