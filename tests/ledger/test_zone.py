"""Records of our zone, written and read back by a parser of zone files."""

from __future__ import annotations

import dns.name
import dns.rdatatype
import dns.zone
import pytest

from ledger.zone import (
    ZoneRecord,
    bounce_record,
    head_lines,
    key_name,
    key_record,
    strings_of,
    tracking_record,
)

LABEL = "k" * 26
KEY = "MIIB" + "x" * 388
HEAD = head_lines("dns.example", ["ns1.example.net"], "dns.team@example.net", 7)


def parsed(record: ZoneRecord) -> str:
    text = "\n".join([*HEAD, record.line]) + "\n"
    zone = dns.zone.from_text(text, relativize=False)
    name = dns.name.from_text(f"{record.name}.dns.example.")
    found = zone.find_rdataset(name, dns.rdatatype.from_text(record.type))
    assert found.ttl == record.ttl_seconds
    if record.type == "TXT":
        return b"".join(found[0].strings).decode()
    return str(found[0].target)


@pytest.mark.parametrize("state", ["staged", "active", "retiring"])
def test_a_key_is_published_in_strings_that_fit(state: str) -> None:
    record = key_record("dm1", LABEL, state, KEY)
    assert record.name == key_name("dm1", LABEL) == f"dm1.{LABEL}.dkim"
    assert parsed(record) == f"v=DKIM1; k=rsa; p={KEY}"
    assert record.value is not None
    assert [len(one) for one in strings_of(record.value)] == [255, 155]


def test_a_revoked_key_is_empty_and_a_removed_one_is_nothing() -> None:
    revoked = key_record("dm2", LABEL, "revoked", KEY)
    assert parsed(revoked) == "v=DKIM1; k=rsa; p="
    assert key_record("dm2", LABEL, "removed", KEY).value is None


def test_names_for_bounces_and_links_lead_to_our_hosts() -> None:
    assert parsed(bounce_record(LABEL, "mx.example.net")) == "mx.example.net."
    assert parsed(tracking_record(LABEL, "t.example.net.")) == "t.example.net."
    assert bounce_record(LABEL, None).value is None


def test_the_head_has_authority_and_servers() -> None:
    zone = dns.zone.from_text("\n".join(HEAD) + "\n", relativize=False)
    found = zone.find_rdataset("dns.example.", "SOA")[0]
    assert found.serial == 7
    assert str(found.rname) == r"dns\.team.example.net."
    assert len(zone.find_rdataset("dns.example.", "NS")) == 1


@pytest.mark.parametrize("text", ['a"b', "a\\b", "é"])
def test_what_would_need_escaping_is_never_written(text: str) -> None:
    with pytest.raises(AssertionError):
        strings_of(text)
