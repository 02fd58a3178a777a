"""What a browser says it is, in words: for people to tell their devices apart."""

from __future__ import annotations

import re

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
)
"""The first mark that is found decides: many browsers claim to be others too."""
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Macintosh", "macOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
PRODUCT = re.compile(r"[A-Za-z][\w.-]{0,30}(/[\w.]{1,20})?", re.ASCII)


def device_of(client: str | None) -> str:
    """Return browser and system, or the product's own name; "" when nothing is known.

    The text is somebody's claim and nothing more; it is cut, and shown escaped.
    """
    text = (client or "")[:256]
    system = next((name for mark, name in SYSTEMS if mark in text), "")
    browser = next((_named(text, *pair) for pair in BROWSERS if pair[0] in text), "")
    if browser or system:
        return ", ".join(part for part in (browser, system) if part)
    found = PRODUCT.match(text)
    return found[0] if found else ""


def _named(text: str, mark: str, name: str) -> str:
    version = re.match(r"\d{1,4}", text.partition(mark)[2], re.ASCII)
    return f"{name} {version[0]}" if version else name
