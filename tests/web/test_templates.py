"""Every template draws in both languages, complete and under the strict policy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from tests.web.drawing import sample_app
from tests.web.samples import CASES, DOORS, MAILS, PAGES
from tests.web.walked import WALKED

WEB = Path(__file__).resolve().parents[2] / "web"
CATALOGUE = WEB / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
SCREENS = sorted([*DOORS, *PAGES])
LANGUAGES = ["en", "fr"]
VOID = {"meta", "link", "input", "br", "use"}
DRAWN = {"circle", "g", "line", "path", "rect", "svg", "text", "title", "use"}
"""What stands in a drawing; a browser does not show anything else there."""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


class Page(HTMLParser):
    """What the tests ask of a page: its elements, forms, headings and nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.forms: list[list[dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.misplaced: list[str] = []
        self.feed(text)
        self.unbalanced += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if "svg" in self.open and tag not in DRAWN:
            self.misplaced.append(tag)
        if tag == "form":
            self.forms.append([given])
        elif tag in {"input", "button"} and "form" in self.open:
            self.forms[-1].append(given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def ids(self) -> list[str]:
        return [given["id"] or "" for _, given in self.elements if "id" in given]


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    app = sample_app()
    app.testing = True
    with app.test_client() as client:
        yield client


def drawn(client: FlaskClient, case: str, language: str) -> str:
    return client.get(f"/sample/{case}?l={language}").get_data(as_text=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", SCREENS)
def test_no_attribute_holds_markup_and_no_drawing_an_element_of_a_page(
    client: FlaskClient, case: str, language: str
) -> None:
    page = Page(drawn(client, case, language))
    attributes = {
        name for _, given in page.elements for pair in given.items() for name in pair
    }
    assert [told for told in attributes if told and re.search("[<>]", told)] == []
    assert page.misplaced == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", SCREENS)
def test_a_page_is_well_formed_and_has_one_heading_that_is_its_title(
    client: FlaskClient, case: str, language: str
) -> None:
    text = drawn(client, case, language)
    page = Page(text)
    (heading,) = re.findall(r"<h1>(.*?)</h1>", text, re.S)
    head = text.partition("</head>")[0]
    (title,) = re.findall(r"<title>(.*?)</title>", head, re.S)
    names = page.ids()

    assert page.unbalanced == []
    assert len(names) == len(set(names))
    assert title.removeprefix("Error: ").removeprefix("Erreur\u00a0: ") == (
        f"{heading} – Daybook"
    )
    assert f'<html lang="{language}"' in text


@pytest.mark.parametrize("case", SCREENS)
def test_a_page_has_no_style_or_script_of_its_own(
    client: FlaskClient, case: str
) -> None:
    for tag, given in Page(drawn(client, case, "en")).elements:
        handlers = [name for name in given if name.startswith("on")]
        assert tag != "style"
        assert "style" not in given
        assert handlers == []
        assert tag != "script" or (given.get("src") or "").startswith("/static/")


@pytest.mark.parametrize("case", SCREENS)
def test_every_form_posts_with_its_token(client: FlaskClient, case: str) -> None:
    forms = Page(drawn(client, case, "en")).forms

    assert len(forms) >= 2
    for form, *controls in forms:
        tokens = [c.get("value") for c in controls if c.get("name") == "csrf"]
        assert form.get("method") == "post"
        assert tokens == ["token"]


@pytest.mark.parametrize("case", SCREENS)
def test_labels_descriptions_and_links_within_a_page_lead_somewhere(
    client: FlaskClient, case: str
) -> None:
    page = Page(drawn(client, case, "en"))
    names = set(page.ids())
    for _, given in page.elements:
        pointed = (given.get("aria-describedby") or "").split()
        pointed += [given["for"] or ""] if "for" in given else []
        pointed += [given["popovertarget"] or ""] if "popovertarget" in given else []
        if (given.get("href") or "").startswith("#"):
            pointed.append((given["href"] or "")[1:])
        assert set(pointed) <= names


@pytest.mark.parametrize("case", SCREENS)
def test_every_icon_is_in_the_sprite(client: FlaskClient, case: str) -> None:
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', read("static/sprite.svg")))
    used = re.findall(r'sprite\.svg#([\w-]+)"', drawn(client, case, "en"))

    assert set(used) <= symbols


def test_a_page_with_problems_says_so_first_and_beside_each_field(
    client: FlaskClient,
) -> None:
    text = drawn(client, "billing-errors", "en")
    page = Page(text)
    wrong = [g["id"] for _, g in page.elements if g.get("aria-invalid") == "true"]

    assert "<title>Error: Name" in text
    assert "Nothing was saved: 2 fields need a correction" in text
    assert wrong == ["postcode", "vat_number"]
    assert 'aria-describedby="vat_number-hint vat_number-error"' in text
    assert 'value="6900"' in text


def test_what_a_customer_typed_is_escaped(client: FlaskClient) -> None:
    text = drawn(client, "billing", "en")

    assert 'value="Hollis &amp; Gray Printmakers"' in text


def test_a_password_is_never_written_back(client: FlaskClient) -> None:
    for case in DOORS:
        fields = [
            g for t, g in Page(drawn(client, case, "en")).elements if t == "input"
        ]
        assert all("value" not in g for g in fields if g.get("type") == "password")


def test_the_chosen_appearance_overrides_the_systems(client: FlaskClient) -> None:
    chosen = client.get("/sample/overview?theme=dark").get_data(as_text=True)

    assert '<html lang="en" data-theme="dark">' in chosen
    assert "data-theme" not in drawn(client, "overview", "en")


def test_signs_of_french_are_unbreakable(client: FlaskClient) -> None:
    for case in SCREENS:
        text = unescape(re.sub(r"<[^>]+>", "", drawn(client, case, "fr")))
        assert re.findall(r".{9} [;!?:»€]|« .{9}", text) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["verify", "account_exists", "receipt"])
def test_a_mail_has_a_subject_a_text_and_the_same_heading_in_html(
    client: FlaskClient, name: str, language: str
) -> None:
    text = drawn(client, f"mail-{name}-txt", language)
    subject, empty, *body = text.splitlines()
    page = drawn(client, f"mail-{name}-html", language)

    assert subject
    assert empty == ""
    assert "Helen Gray" in body[0]
    assert f">{subject}</h1>" in page
    assert Page(page).unbalanced == []
    assert "<" not in text
    assert "\u2011" not in text


def test_every_template_is_drawn_by_a_case() -> None:
    parts = re.compile(r"(^|/)_|^base\.html$|^door\.html$")
    templates = {
        str(path.relative_to(WEB / "templates"))
        for path in (WEB / "templates").rglob("*.*")
    }

    elsewhere = {"api/index.html"}  # drawn from the document, test_api_reading
    pages = {name for name in templates if not parts.search(name)} - elsewhere
    sampled = {template for template, _ in CASES.values()}
    letters = {name for name in pages if name.startswith("mail/")}  # test_letters
    assert pages == sampled | WALKED | letters
    assert len(MAILS) == 6


def test_every_text_has_its_french() -> None:
    french = catalogue()
    with (WEB / "translations" / "babel.cfg").open(encoding="utf-8") as source:
        methods, options = parse_mapping_cfg(source)  # type: ignore[no-untyped-call]
    found = list(extract_from_dir(WEB, methods, options))
    for name, line, text, _, _ in found:
        message = french.get(text if isinstance(text, str) else text[0])
        assert message is not None, (name, line, text)
        assert all(forms(message.string)), text
    assert len(found) > 200


def test_french_keeps_every_placeholder() -> None:
    for message in catalogue():
        if not message.id:
            continue
        for asked, given in zip(forms(message.id), forms(message.string), strict=True):
            wanted = set(PLACEHOLDER.findall(asked))
            assert set(PLACEHOLDER.findall(given)) == wanted, asked


def test_the_style_sheet_uses_only_tokens_for_colours() -> None:
    styles = read("static/daybook.css")
    blocks = re.sub(r":root \{\n.*?\n\}|@media print \{.*", "", styles, flags=re.S)
    raw = re.findall(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(", blocks)

    assert raw == ["rgb("]


def test_vendored_files_are_the_ones_recorded() -> None:
    row = re.compile(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", re.M)
    rows = row.findall(read("static/VENDORED.md"))

    assert len(rows) == 4
    for name, digest in rows:
        held = (WEB / "static" / name).read_bytes()
        assert hashlib.sha256(held).hexdigest() == digest


def read(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="fr", abort_invalid=True)


def forms(texts: object) -> list[str]:
    if isinstance(texts, (list, tuple)):
        return [str(text) for text in texts]
    return [str(texts)]
