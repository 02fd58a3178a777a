"""What becomes of a command is kept as small bytes that stay readable."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from ledger.journal import Recorded
from ledger.journal.outcomes import Result, software_version


def test_a_recorded_result_is_written_in_the_same_bytes_for_ever() -> None:
    result = Result(3, {"hold": "7"})
    assert msgspec.json.encode(result) == b'{"version":3,"ids":{"hold":"7"}}'


def test_a_recorded_result_is_read_again() -> None:
    found = msgspec.json.decode(b'{"version":3,"ids":{}}', type=Result)
    assert (found.version, found.ids) == (3, {})


def test_an_answer_is_new_unless_it_says_otherwise() -> None:
    assert not Recorded(position=1, version=1).repeated


def test_the_envelope_names_the_version_of_this_software() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert software_version().split("+")[0] == project["version"]
