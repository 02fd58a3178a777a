"""Lists come in pages, and an address that cannot be is no failure."""

from __future__ import annotations

import re

from tests.web.reading import Ann


def test_a_long_history_is_shown_in_pages(ann: Ann) -> None:
    for _ in range(26):
        ann.start()
    told = ann.read("/purchases")
    assert "1–25 of 26" in told
    assert "Older" in told
    page = ann.browser.get("/purchases").text
    older = re.search(r'href="(/purchases\?before=\d+)"', page)
    assert older is not None
    told = ann.browser.read(older[1])
    assert "26–26 of 26" in told
    assert "Newer" in told


def test_a_page_that_cannot_be_is_never_a_failure(ann: Ann) -> None:
    for query in ("-1", "0x1", "٣", "1e3", "9" * 30, "", "1;--", "%00", "0"):
        for path in ("/purchases", "/credits"):
            for name in ("before", "after"):
                answer = ann.browser.get(f"{path}?{name}={query}")
                assert answer.status_code == 200, (path, name, query)
