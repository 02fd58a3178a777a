"""The list outside: whole lines, each key once, on the disk, for several writers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from commands.gateways.erasure_list import Erasure, ErasureList
from tests.conftest import NOON

WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from uuid import UUID
from commands.gateways.erasure_list import Erasure, ErasureList
noted, now = ErasureList(Path(sys.argv[1])), datetime(2026, 11, 23, tzinfo=timezone.utc)
for number in range(50):
    noted.add([Erasure(UUID(int=number), "profile", UUID(int=0), now)])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "erasures.jsonl"


def erasure(account: UUID | None = None, purpose: str = "profile") -> Erasure:
    return Erasure(account or uuid4(), purpose, uuid4(), NOON)


def test_a_list_that_was_never_written_is_empty(path: Path) -> None:
    assert list(ErasureList(path)) == []
    assert not path.exists()


def test_what_was_added_is_read_in_order_by_anybody(path: Path) -> None:
    some = [erasure() for _ in range(3)]
    assert ErasureList(path).add(some) == 3
    assert list(ErasureList(path)) == some


def test_a_key_of_one_purpose_stands_there_once(path: Path) -> None:
    noted, account = ErasureList(path), uuid4()
    first = erasure(account)
    assert noted.add([first]) == 1
    assert noted.add([erasure(account), erasure(account, "security-2026")]) == 1
    assert ErasureList(path).add([erasure(account)]) == 0
    assert [e.purpose for e in noted] == ["profile", "security-2026"]
    assert next(iter(noted)) == first


def test_only_its_owner_may_read_it(path: Path) -> None:
    ErasureList(path).add([erasure()])
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_crash_cut_short_is_written_again(path: Path) -> None:
    kept, lost = erasure(), erasure()
    ErasureList(path).add([kept, lost])
    path.write_bytes(path.read_bytes()[:-10])
    assert list(ErasureList(path)) == [kept]
    assert ErasureList(path).add([kept, lost]) == 1
    assert list(ErasureList(path)) == [kept, lost]


def test_a_line_of_no_kind_stops_whoever_reads_it(path: Path) -> None:
    ErasureList(path).add([erasure()])
    path.write_bytes(b"nonsense\n" + path.read_bytes())
    with pytest.raises(ValueError, match="line 1"):
        list(ErasureList(path))
    with pytest.raises(ValueError, match="after byte 0"):
        ErasureList(path).add([erasure()])


def test_a_list_that_became_shorter_is_refused(path: Path) -> None:
    noted = ErasureList(path)
    noted.add([erasure(), erasure()])
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="shorter"):
        noted.add([erasure()])


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match="taken"):
        ErasureList(tmp_path / "taken" / "erasures.jsonl").add([erasure()])


def test_several_processes_write_whole_lines_and_none_twice(path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) for _ in range(3)
    ]
    assert [writer.wait(30) for writer in writers] == [0, 0, 0]
    found = sorted(erasure.account_id.int for erasure in ErasureList(path))
    assert found == list(range(50))
