"""The first pages that anybody reads: done as they are printed, in a real shell."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest

from tests.journeys.reading import Block, Checkout, blocks, is_shown
from tests.places import roomy_folder
from web.visitor import CARD, DECLINED, WAIT_SECONDS_MAX, Sender, Visitor

EMAIL, PHRASE = "you@example.org", "Il pleut sur Brest, encore"
TUTORIAL = "docs/tutorial/first-account.md"


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    """The project, started by the first line of each of these pages."""
    with roomy_folder() as folder:
        place = Checkout(folder)
        place.start()
        yield place
        place.stop()
        assert "Stopping." in place.greeting


def opened_and_bought(you: Visitor) -> None:
    """Do what the tutorial says of the panel."""
    you.sign_up("You", EMAIL, PHRASE)
    page = you.buy("credits-2000", **DECLINED)
    assert "declined" in page
    assert "2,000" in you.post(you.url, page, name="You", **CARD)


def test_the_lines_of_the_readme_do_what_stands_beside_them(checkout: Checkout) -> None:
    first, *lines = blocks("README.md")[0].lines
    assert first.startswith("make run ")
    key = re.search(r"^Demo service key: (\S+)", checkout.greeting, re.MULTILINE)
    assert key is not None
    with checkout.reader(**{"KEY=…": f"KEY={key[1]}"}) as reader:
        told = [reader.types([line]) for line in lines]
    credits, held, short, captured = (json.loads(one) for one in told[3:7])
    assert (credits["available"], credits["held"]) == (3064, 2000)
    assert held["credits"] == 4
    assert (short["status"], short["short"]) == (409, 999_999 - 3060)
    assert (captured["credits"], captured["final"]) == (3, True)
    assert "available 3,061 " in told[7]
    assert told[8].endswith("every view agrees\n")


def test_the_tutorial_is_true_to_the_letter(checkout: Checkout) -> None:
    start, greeting, *rest = blocks(TUTORIAL)
    assert start == Block("sh", ["make run"])
    printed = [line.replace("8000", str(checkout.port)) for line in greeting.lines]
    assert is_shown(printed, checkout.greeting), checkout.greeting
    you, told = checkout.visitor(), ""
    opened_and_bought(you)
    with checkout.reader() as reader:
        for block in rest:
            if block.language == "sh":
                told = reader.types(block.lines)
            else:
                assert is_shown(block.lines, told), told
    assert "1,997" in you.get("/credits")
    until = time.monotonic() + WAIT_SECONDS_MAX
    while not any(mail["attachments"] for mail in you.mails(EMAIL)):
        assert time.monotonic() < until, "no receipt was mailed"


def test_a_key_of_ones_own_works_as_its_guide_says(checkout: Checkout) -> None:
    try_it, give_it_away = blocks("docs/how-to/use-an-api-key.md")
    bob = checkout.visitor()
    bob.sign_up("Bob", "bob@example.org", PHRASE)
    asked = {"name": "Zapier", "scope": "account:read", "current_password": PHRASE}
    page = bob.post("/api-keys", bob.get("/api-keys"), **asked)
    key_id = re.search(r"[0-9a-f-]{36}(?=\W)", page.partition('id="key-id"')[2])
    secret = re.search(r"dms_\w+", page)
    assert key_id is not None
    assert secret is not None
    with checkout.reader() as reader:
        reader.types([f"KEY_ID={key_id[0]} SECRET={secret[0]}"])
        assert json.loads(reader.types(try_it.lines))["name"] == "Bob"
        assert reader.types(give_it_away.lines) == ""
        assert json.loads(reader.types(try_it.lines))["status"] == 401


def test_the_next_start_finds_everything_again(checkout: Checkout) -> None:
    before = re.findall("^Demo .*$", checkout.greeting, re.MULTILINE)
    (words,) = (line.split() for line in before if "service key" in line)
    checkout.stop()
    checkout.start()
    assert "new master key" not in checkout.greeting
    assert re.findall("^Demo .*$", checkout.greeting, re.MULTILINE) == before
    sender = Sender(checkout.url, *words[3].split(":"))
    account_id = words[-1].removesuffix(")")
    assert sender.call("GET", f"/accounts/{account_id}/credits")["captured"] >= 6936


def test_a_page_that_shows_anything_else_would_be_noticed() -> None:
    said = blocks(TUTORIAL)[-1].lines
    assert is_shown(said, "\n".join(said))
    for wrong in (said[1:] + said[:1], [*said[:-1], said[-1].replace("7", "8")]):
        assert not is_shown(wrong, "\n".join(said))
