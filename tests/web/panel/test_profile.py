"""Name & picture: printed on receipts to come, shown to who knows the address."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tests.web.askers import OWN
from tests.web.browsing import hidden, words_of
from tests.web.service import BASE
from tests.web.signed_in import Inhabitant

SHOWN = re.compile(r"/pictures/([\w-]+)\.webp")


def png(width: int = 40, height: int = 30) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, "PNG")
    return data.getvalue()


def send_picture(ida: Inhabitant, data: bytes) -> TestResponse:
    form = hidden(ida.browser.get("/profile").text)
    return ida.browser.client.post(
        "/profile/picture",
        data={**form, "picture": (io.BytesIO(data), "me.png")},
        base_url=BASE,
        headers=OWN,
    )


def test_details_are_recorded_and_shown_again(ida: Inhabitant) -> None:
    typed = {"name": "Ida Öst", "company": "Öst & Co", "country": "SE"}
    answer = ida.browser.send("/profile", "/profile", **typed)
    assert "Saved" in words_of(answer.text)
    assert 'value="Öst &amp; Co"' in ida.browser.get("/profile").text
    assert ida.account.name == "Ida Öst"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("vat_number", "FR 1"),
        ("name", "a\x07b"),
        ("website", "not a site"),
        ("country", "XX"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    ida: Inhabitant, field: str, typed: str
) -> None:
    form = {"name": "Ida", "company": "", "country": "FR"} | {field: typed}
    answer = ida.browser.send("/profile", "/profile", **form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert ida.account.name == "Ann"


def test_a_picture_is_made_anew_and_served_under_a_name_nobody_guesses(
    ida: Inhabitant,
) -> None:
    assert send_picture(ida, png()).status_code == 200
    found = SHOWN.search(ida.browser.get("/profile").text)
    assert found is not None
    answer = ida.app.test_client().get(f"/pictures/{found[1]}.webp", base_url=BASE)
    assert answer.mimetype == "image/webp"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.data)).format == "WEBP"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Only PNG, JPEG and WEBP"),
        (b"GIF89a" + bytes(50), "Only PNG, JPEG and WEBP"),
        (png(4097, 1), "more than 4,096 pixels"),
        (png()[:60], "broken"),
    ],
    ids=["empty", "gif", "wide", "torn"],
)
def test_a_picture_that_is_none_is_refused_in_words(
    ida: Inhabitant, data: bytes, said: str
) -> None:
    answer = send_picture(ida, data)
    assert answer.status_code == 422
    assert said in words_of(answer.text)


def test_a_removed_picture_is_not_found_any_more(ida: Inhabitant) -> None:
    send_picture(ida, png())
    found = SHOWN.search(ida.browser.get("/profile").text)
    assert found is not None
    ida.browser.send("/profile/picture/remove", "/profile")
    assert ida.browser.get(f"/pictures/{found[1]}.webp").status_code == 404
    assert SHOWN.search(ida.browser.get("/profile").text) is None


def test_whether_one_can_be_found_is_the_customers_choice(ida: Inhabitant) -> None:
    assert re.search(r'name="listed"[^>]*checked', ida.browser.get("/profile").text)
    ida.browser.send("/profile/look-up", "/profile")
    page = ida.browser.get("/profile").text
    assert not re.search(r'name="listed"[^>]*checked', page)


def test_the_earlier_address_of_the_details_leads_here(ida: Inhabitant) -> None:
    assert ida.browser.get("/billing-details").location == "/profile"
