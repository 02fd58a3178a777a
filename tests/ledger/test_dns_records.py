"""Which records a domain and a tracking host want."""

from __future__ import annotations

from ledger.dns_records import (
    Finding,
    Wanted,
    relative_to,
    wanted_records,
    wanted_tracking,
)

ZONE = "mail.daybook.net"


def in_short(wanted: Wanted) -> tuple[str, str, str, str, str, bool]:
    return (
        wanted.kind,
        wanted.type,
        wanted.relative_host,
        wanted.host,
        wanted.value,
        wanted.required,
    )


def test_a_domain_wants_two_selectors_and_is_recommended_two_records_more() -> None:
    found = [in_short(one) for one in wanted_records("example.com", "abc", ZONE)]
    dkim = "_domainkey.example.com"
    assert found == [
        ("dkim1", "CNAME", "dm1._domainkey", f"dm1.{dkim}", f"dm1.abc.dkim.{ZONE}", 1),
        ("dkim2", "CNAME", "dm2._domainkey", f"dm2.{dkim}", f"dm2.abc.dkim.{ZONE}", 1),
        ("return_path", "CNAME", "bounce", "bounce.example.com",
         f"abc.bounce.{ZONE}", 0),
        ("dmarc", "TXT", "_dmarc", "_dmarc.example.com", "v=DMARC1; p=none;", 0),
    ]  # fmt: skip


def test_a_host_is_told_relative_to_what_was_registered() -> None:
    hosts = [
        one.relative_host for one in wanted_records("news.example.co.uk", "abc", ZONE)
    ]
    assert hosts == [
        "dm1._domainkey.news",
        "dm2._domainkey.news",
        "bounce.news",
        "_dmarc.news",
    ]
    assert relative_to("example.com", "example.com") == "@"
    assert relative_to("bounce.news.example.com", "news.example.com") == "bounce"
    assert relative_to("track.notexample.com", "example.com") == "track.notexample.com"


def test_a_tracking_host_wants_one_record() -> None:
    found = in_short(wanted_tracking("track.example.com", f"xyz.trk.{ZONE}"))
    assert found == (
        "tracking", "CNAME", "track", "track.example.com", f"xyz.trk.{ZONE}", True
    )  # fmt: skip


def test_nothing_may_be_concluded_from_a_resolver_that_failed() -> None:
    temporary = [
        state
        for state in ("waiting", "found", "different", "several", "dns_error",
                      "timed_out")
        if Finding(kind="dkim1", state=state, found=[]).is_temporary
    ]  # fmt: skip
    assert temporary == ["dns_error", "timed_out"]
