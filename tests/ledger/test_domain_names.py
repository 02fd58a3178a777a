"""Which names are taken as sending domains and tracking hosts, and why others not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain_names import (
    NAME_OCTETS_MAX,
    domain_above,
    is_at_or_under,
    sending_domain_name,
    tracking_host,
)
from ledger.refusals import (
    DomainIsFreeMail,
    DomainIsNumeric,
    DomainIsOurs,
    DomainIsPublicSuffix,
    DomainIsReserved,
    DomainMalformed,
    DomainMissing,
    DomainTooLong,
    DomainWithoutDot,
    Invalid,
    TrackingHostElsewhere,
    TrackingHostIsDomain,
    TrackingHostIsTaken,
)

OURS = frozenset({"daybook.net", "panel.daybook.org"})
VERIFIED = ("example.com", "news.example.com", "example.co.uk")


@pytest.mark.parametrize(
    "typed",
    [
        "example.com", " Example.COM.\n", "https://example.com/about?x=1#y",
        "//example.com", "http://ann:secret@example.com:8080/", "example.com:443",
        "ann@example.com", "mailto:ann@example.com?subject=x", "@example.com",
        "Ann Smith <ann@example.com>", "<example.com>", '"example.com"',
        "“example.com”", "example\u3002com", "ｅxample.com", "ex\u200bample.com",
        "example.com/", "HTTPS:\\\\example.com\\x",
    ],
)  # fmt: skip
def test_what_is_typed_around_a_name_is_forgiven(typed: str) -> None:
    assert sending_domain_name(typed, OURS) == "example.com"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("www.example.com", "www.example.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("bu\u0308cher.de", "xn--bcher-kva.de"),
        ("faß.de", "xn--fa-hia.de"),
        ("xn--BCHER-kva.de", "xn--bcher-kva.de"),
        ("ex\u0430mple.com", "xn--exmple-4nf.com"),
        ("ann.github.io", "ann.github.io"),
        ("shop.example.co.uk", "shop.example.co.uk"),
        ("4711.com", "4711.com"),
        ("example.brandnew", "example.brandnew"),
        ("daybook.org", "daybook.org"),
        ("notdaybook.net", "notdaybook.net"),
        ("mail.example.com", "mail.example.com"),
    ],
)
def test_a_name_is_kept_in_lower_case_a_labels(typed: str, name: str) -> None:
    assert sending_domain_name(typed, OURS) == name


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", DomainMissing),
        (" https://", DomainMissing),
        ("ann@", DomainMissing),
        (".", DomainMissing),
        ("127.0.0.1", DomainIsNumeric),
        ("１２７.0.0.1", DomainIsNumeric),
        ("https://[2001:db8::1]:443/", DomainIsNumeric),
        ("2001:db8::1", DomainIsNumeric),
        ("0x7f.1", DomainIsNumeric),
        ("0x7f000001", DomainIsNumeric),
        ("2130706433", DomainIsNumeric),
        ("example.com.1.", DomainIsNumeric),
        ("ex ample.com", DomainMalformed),
        ("example.com\nexample.org", DomainMalformed),
        ("exa_mple.com", DomainMalformed),
        ("*.example.com", DomainMalformed),
        ("-example.com", DomainMalformed),
        ("example-.com", DomainMalformed),
        ("example..com", DomainMalformed),
        (".example.com", DomainMalformed),
        ("example.com,example.org", DomainMalformed),
        ("a" * 64 + ".com", DomainMalformed),
        ("exa\ud800mple.com", DomainMalformed),
        ("xn--a.com", DomainMalformed),
        ("a." * 117 + "info", None),
        ("a." * 117 + "infos", DomainTooLong),
        ("a." * 5_000 + "com", DomainTooLong),
        ("localhost", DomainIsReserved),
        ("printer.local", DomainIsReserved),
        ("mail.home.arpa", DomainIsReserved),
        ("facebook.onion", DomainIsReserved),
        ("example.test", DomainIsReserved),
        ("x.internal", DomainIsReserved),
        ("example", DomainIsReserved),
        ("com", DomainWithoutDot),
        ("intranet", DomainWithoutDot),
        ("daybook.net", DomainIsOurs),
        ("dm1.x.dkim.Daybook.NET.", DomainIsOurs),
        ("panel.daybook.org", DomainIsOurs),
        ("gmail.com", DomainIsFreeMail),
        ("ann@yahoo.co.uk", DomainIsFreeMail),
        ("hotmail.fr", DomainIsFreeMail),
        ("imap.gmx.de", DomainIsFreeMail),
        ("co.uk", DomainIsPublicSuffix),
        ("github.io", DomainIsPublicSuffix),
        ("anything.ck", DomainIsPublicSuffix),
        ("公司.cn", DomainIsPublicSuffix),
    ],
)
def test_each_kind_of_name_that_cannot_be_verified_is_refused_for_its_reason(
    typed: str, refusal: type[Invalid] | None
) -> None:
    if refusal is None:
        assert sending_domain_name(typed, OURS) == typed
        return
    with pytest.raises(refusal):
        sending_domain_name(typed, OURS)


def test_a_refusal_names_the_domain_and_the_ending() -> None:
    with pytest.raises(DomainIsReserved) as refused:
        sending_domain_name("Printer.Local", OURS)
    assert vars(refused.value) == {"domain": "printer.local", "ending": "local"}


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_name_of_ldh_labels_or_refused(typed: str) -> None:
    try:
        name = sending_domain_name(typed, OURS)
    except Invalid:
        return
    assert sending_domain_name(name, OURS) == name
    assert all(
        label.strip("abcdefghijklmnopqrstuvwxyz0123456789-") == "" and len(label) < 64
        for label in name.split(".")
    )


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("https://Track.Example.com/", "track.example.com"),
        ("a.b.example.co.uk", "a.b.example.co.uk"),
        ("bounce.a.example.com", "bounce.a.example.com"),
        ("liên.example.com", "xn--lin-gma.example.com"),
    ],
)
def test_a_host_under_a_verified_domain_is_taken(typed: str, host: str) -> None:
    assert tracking_host(typed, VERIFIED, OURS) == host


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", DomainMissing),
        ("track", DomainWithoutDot),
        ("track.daybook.net", DomainIsOurs),
        ("example.com", TrackingHostIsDomain),
        ("news.example.com", TrackingHostIsDomain),
        ("example.org", TrackingHostIsDomain),
        ("co.uk", TrackingHostIsDomain),
        ("track.example.org", TrackingHostElsewhere),
        ("track.notexample.com", TrackingHostElsewhere),
        ("example.com.example.org", TrackingHostElsewhere),
        ("bounce.example.com", TrackingHostIsTaken),
        ("bounce.news.example.com", TrackingHostIsTaken),
        ("dm1._domainkey.example.com", DomainMalformed),
    ],
)
def test_another_host_is_refused_for_its_reason(
    typed: str, refusal: type[Invalid]
) -> None:
    with pytest.raises(refusal):
        tracking_host(typed, VERIFIED, OURS)


def test_a_tracking_host_may_be_as_long_as_any_name() -> None:
    host = "a." * ((NAME_OCTETS_MAX - len("example.com")) // 2) + "example.com"
    assert tracking_host(host, VERIFIED, OURS) == host
    with pytest.raises(DomainTooLong):
        tracking_host(f"bb.{host}", VERIFIED, OURS)


def test_the_nearest_domain_above_a_host_counts() -> None:
    assert domain_above("a.news.example.com", VERIFIED) == "news.example.com"
    assert domain_above("news.example.com", VERIFIED) == "example.com"
    assert domain_above("example.com", VERIFIED) is None
    assert is_at_or_under("example.com", "example.com")
    assert not is_at_or_under("notexample.com", "example.com")
