"""QR codes as inline SVG, for pages that allow no inline style."""

from __future__ import annotations

import segno

QUIET_ZONE = 4
"""Modules of white around: as many as the standard asks for."""


def qr_svg(text: str) -> str:
    """Return the text as a QR code: black on white, one unit of the viewBox a module.

    Size and role are the page's affair; there is neither style nor script in it. Some
    15 % of it may be spoilt. Raises ValueError for more than 2,331 bytes of text.
    """
    code = segno.make_qr(text, error="M", encoding="utf-8", boost_error=False)
    return code.svg_inline(
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
