"""Pages that the panel really draws: well formed, strict, and complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.conftest import Cluster
from tests.web import walk
from tests.web.service import Clock
from tests.web.signed_in import inhabitant
from tests.web.test_templates import Page, read
from tests.web.walked import WALKED


@pytest.fixture(scope="module", params=["en", "fr"])
def album(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[walk.Album]:
    with inhabitant(cluster.new_database(), Clock()) as ida:
        language = {"HTTP_ACCEPT_LANGUAGE": request.param}
        ida.browser.client.environ_base.update(language)
        with walk.drawing(ida.app) as album:
            for step in walk.STEPS:
                step(ida)
            support = walk.staff_area(ida)
            walk.sign_in_of_staff(ida, support)
            walk.leave(ida, support)
            yield album


def test_the_walk_meets_every_page_that_no_sample_draws(album: walk.Album) -> None:
    assert WALKED - album.pages.keys() == set()


def test_each_is_well_formed_with_one_heading_that_is_its_title(
    album: walk.Album,
) -> None:
    for name, text in drawn(album):
        page, names = Page(text), Page(text).ids()
        (heading,) = re.findall(r"<h1>(.*?)</h1>", text, re.S)
        (title,) = re.findall(r"<title>(.*?)</title>", text, re.S)
        bare = title.removeprefix("Error: ").removeprefix("Erreur\u00a0: ")
        assert page.unbalanced == [], name
        assert len(names) == len(set(names)), name
        assert bare == f"{heading} – Daybook", name


def test_none_has_a_style_or_a_script_of_its_own(album: walk.Album) -> None:
    for name, text in drawn(album):
        for tag, given in Page(text).elements:
            assert not [one for one in given if one.startswith("on")], name
            assert tag != "style", name
            assert "style" not in given, name
            assert tag != "script" or (given.get("src") or "").startswith("/static/")


def test_every_form_posts_with_a_token(album: walk.Album) -> None:
    for name, text in drawn(album):
        for form, *controls in Page(text).forms:
            tokens = [c for c in controls if c.get("name") == "csrf"]
            posts = form.get("method") == "post"
            assert len(tokens) == int(posts), (name, form)
            assert posts or form.get("method") == "get", (name, form)


def test_labels_and_links_within_a_page_lead_somewhere(album: walk.Album) -> None:
    for name, text in drawn(album):
        page = Page(text)
        names = set(page.ids())
        for _, given in page.elements:
            pointed = (given.get("aria-describedby") or "").split()
            pointed += [given["for"] or ""] if "for" in given else []
            if (given.get("href") or "").startswith("#"):
                pointed.append((given["href"] or "")[1:])
            assert set(pointed) <= names, (name, pointed)


def test_every_icon_is_in_the_sprite(album: walk.Album) -> None:
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', read("static/sprite.svg")))
    for name, text in drawn(album):
        assert set(re.findall(r'sprite\.svg#([\w-]+)"', text)) <= symbols, name


def test_signs_of_french_are_unbreakable(album: walk.Album) -> None:
    for name, text in drawn(album):
        if '<html lang="fr"' in text:
            words = unescape(re.sub(r"<[^>]+>", "", text))
            assert re.findall(r".{9} [;!?:»€]|« .{9}", words) == [], name


def drawn(album: walk.Album) -> Iterator[tuple[str, str]]:
    for name, pages in album.pages.items():
        for text in pages:
            yield name, text
