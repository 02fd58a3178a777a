"""A customer says who he is, shows a picture, and is found by his exact address."""

from __future__ import annotations

import urllib.request
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, expect

from tests.commands.gateways.drawn import decoded, encoded
from tests.journeys.calling import application, call
from tests.journeys.customer import Customer, somebody
from tests.running import Running

pytestmark = pytest.mark.browser

NOBODY = {"found": False, "name": None, "picture": None}


def photograph() -> bytes:
    """A JPEG that says where it was taken."""
    image = Image.new("RGB", (1200, 900), "teal")
    place = image.getexif()
    place[0x010E] = "48.39 N, 4.49 W"
    return encoded(image, "JPEG", exif=place)


def shows(person: Customer, name: str, data: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "image/jpeg", "buffer": data}
    form = person.page.locator('main form[action="/profile/picture"]')
    form.locator('[name="picture"]').set_input_files(files=[file])
    form.locator("button").click()


def found(person: Customer, token: str) -> dict[str, Any]:
    asked = {"email": person.email}
    status, told = call(person.running, "/people/lookup", token, asked)
    assert status == 200, told
    return told


def test_name_company_and_vat_number_are_kept_and_a_wrong_number_is_not(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Max") as max_:
        max_.sign_up()
        max_.open("/profile")
        max_.page.locator('main [name="country"]').select_option("NL")
        max_.send("/profile", name="Max Roy", company="Roy & Söhne", vat_number="NL12")
        expect(max_.page.locator("#vat_number-error")).to_be_visible()
        expect(max_.page.locator("#company")).to_have_value("Roy & Söhne")
        max_.send("/profile", vat_number="NL004495445B01")
        max_.sees("Saved")
        max_.open("/profile")
        expect(max_.page.locator("#company")).to_have_value("Roy & Söhne")
        expect(max_.page.locator("#vat_number")).to_have_value("NL004495445B01")


def fetched(address: str) -> tuple[str | None, dict[int, Any]]:
    """The kind of a picture that is served, and what it says of its making."""
    with urllib.request.urlopen(address) as answer:
        image = decoded(BytesIO(answer.read()).getvalue())
    return image.format, dict(image.getexif())


def test_a_picture_is_made_anew_shown_to_others_and_removed(
    browser: Browser, running: Running
) -> None:
    with (
        somebody(browser, running, "Nia") as nia,
        somebody(browser, running, "Oto") as oto,
    ):
        nia.sign_up()
        oto.sign_up()
        token = application(running, oto.email)
        nia.open("/profile")
        shows(nia, "me.jpg", photograph())
        expect(nia.page.locator("main img.face")).to_be_visible()
        assert nia.page.locator("main img.face").evaluate("i => i.naturalWidth") == 512

        person = found(nia, token)
        assert (person["found"], person["name"]) == (True, nia.name)
        assert fetched(person["picture"]) == ("WEBP", {})

        nia.send("/profile/picture/remove")
        expect(nia.page.locator("main img.face")).to_have_count(0)
        assert found(nia, token)["picture"] is None
        nia.page.locator('[name="listed"]').uncheck()
        nia.send("/profile/look-up")
        assert found(nia, token) == NOBODY


def test_a_file_that_is_no_picture_is_refused_in_words(
    browser: Browser, running: Running
) -> None:
    with somebody(browser, running, "Pia") as pia:
        pia.sign_up()
        pia.open("/profile")
        shows(pia, "me.jpg", b"<svg onload='alert(1)'/>")
        expect(pia.page.locator("#picture-error")).to_contain_text("Only PNG")
