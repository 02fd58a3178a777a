"""What the payments server remembers: all of a change or none, and after a restart."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest

from web.stand_in.books import Books, Object, new_id

DAY = 86_400


class Moment:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000

    def __call__(self) -> float:
        return self.now + 0.9


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "payments.jsonl"


def thing(id: str, **fields: object) -> Object:
    return {"object": "charge", "id": id, **fields}


def put_then_fail(books: Books, *made: Object) -> None:
    with books.change():
        for one in made:
            with books.change():
                books.put(one)
        raise ZeroDivisionError


def test_a_change_that_fails_leaves_nothing_behind(file: Path) -> None:
    books = Books(file)
    books.put(thing("a", n=1))
    with pytest.raises(ZeroDivisionError):
        put_then_fail(books, thing("a", n=2), thing("b"), thing("a", n=3))
    assert books.all("charge") == [thing("a", n=1)]
    assert Books(file).all("charge") == [thing("a", n=1)]


def test_a_change_within_a_change_stands_or_falls_with_the_outer_one(
    file: Path,
) -> None:
    books = Books(file)
    with pytest.raises(ZeroDivisionError):
        put_then_fail(books, thing("a"))
    assert books.get("charge", "a") is None
    with books.change(), books.change():
        books.put(thing("b"))
    assert Books(file).all("charge") == [thing("b")]


def test_a_change_that_cannot_be_written_did_not_happen(file: Path) -> None:
    books = Books(file)
    with pytest.raises(TypeError):
        books.put(thing("a", at=object()))
    assert books.all("charge") == []
    books.put(thing("b"))
    assert Books(file).all("charge") == [thing("b")]


def test_changes_of_several_threads_follow_one_another() -> None:
    books = Books()
    books.put(thing("a", n=0))

    def count() -> None:
        for _ in range(200):
            with books.change():
                found = books.get("charge", "a")
                assert found is not None
                books.amend(found, n=found["n"] + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert books.all("charge") == [thing("a", n=800)]


def test_an_amended_object_leaves_the_old_one_as_it_was() -> None:
    books = Books()
    before = books.put(thing("a", n=1, more={"x": 1}))
    after = books.amend(before, n=2)
    assert (before["n"], after["n"]) == (1, 2)
    assert books.get("charge", "a") is after


def test_an_id_is_found_among_stripes_objects_and_never_among_our_notes() -> None:
    books = Books()
    books.put({"object": "stand_in.checkout", "id": "cs_1", "secret": True})
    assert books.find("cs_1") is None
    session = books.put({"object": "checkout.session", "id": "cs_1"})
    assert books.find("cs_1") is session


def test_objects_come_in_the_order_in_which_they_were_made(file: Path) -> None:
    books = Books(file)
    for id in "cab":
        books.put(thing(id))
    books.put(thing("a", again=True))
    for read in (books, Books(file), Books(file)):
        assert [one["id"] for one in read.all("charge")] == ["c", "a", "b"]


@pytest.mark.parametrize(
    "torn",
    [b'[{"object": "charge", "id": "ch_to', b"\x00\x00", b"[", b'[{"a": "\xc3', b""],
    ids=["half", "zeros", "bracket", "letter", "nothing"],
)
def test_a_torn_last_line_is_forgotten_and_all_before_it_is_kept(
    file: Path, torn: bytes
) -> None:
    Books(file).put(thing("a"))
    with file.open("ab") as lines:
        lines.write(torn)
    books = Books(file)
    assert books.all("charge") == [thing("a")]
    books.put(thing("b"))
    assert [one["id"] for one in Books(file).all("charge")] == ["a", "b"]


@pytest.mark.parametrize(
    "text", ["\n", "\r", "\x85", "\u2028", "\x1c", "\x00", "é🙂"], ids=ascii
)
def test_no_character_of_a_text_is_taken_for_the_end_of_a_line(
    file: Path, text: str
) -> None:
    Books(file).put(thing("a", text=f"before{text}after"))
    assert Books(file).all("charge") == [thing("a", text=f"before{text}after")]


def test_the_file_is_written_anew_at_a_start_and_only_its_owner_reads_it(
    file: Path,
) -> None:
    books = Books(file)
    for n in range(20):
        books.put(thing("a", n=n))
    assert len(file.read_text().splitlines()) == 20
    Books(file)
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        [thing("a", n=19)]
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(one.name for one in file.parent.iterdir()) == ["payments.jsonl"]


@pytest.mark.parametrize(("kind", "kept_days"), [("stand_in.answer", 1), ("event", 30)])
def test_answers_and_events_are_kept_so_many_days_over_a_restart(
    file: Path, kind: str, kept_days: int
) -> None:
    clock = Moment()
    made = {"object": kind, "id": "x", "created": clock.now}
    Books(file, clock).put(made)
    clock.now += kept_days * DAY - 1
    assert Books(file, clock).all(kind) == [made]
    clock.now += 1
    assert Books(file, clock).all(kind) == []


def test_what_was_delivered_is_forgotten_at_a_restart_and_what_waits_is_not(
    file: Path,
) -> None:
    books = Books(file)
    for state in ("due", "done", "given up"):
        books.put({"object": "stand_in.delivery", "id": state, "state": state})
    kept = [one["id"] for one in Books(file).all("stand_in.delivery")]
    assert kept == ["due", "given up"]


def test_charges_are_kept_for_good(file: Path) -> None:
    clock = Moment()
    Books(file, clock).put(thing("a", created=clock.now))
    clock.now += 4000 * DAY
    assert len(Books(file, clock).all("charge")) == 1


def test_the_clock_counts_whole_seconds() -> None:
    assert Books(now=Moment()).now() == 1_800_000_000


def test_ids_are_stripes_in_form_and_never_alike() -> None:
    made = {new_id("pi") for _ in range(1000)}
    assert len(made) == 1000
    assert {len(id) for id in made} == {27}
    assert len(new_id("cs_test", 58)) == len("cs_test_") + 58
