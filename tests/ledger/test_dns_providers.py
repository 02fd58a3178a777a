"""Who keeps a zone, told by the names of its servers."""

from __future__ import annotations

import pytest

from ledger.dns_providers import BY_ENDING, is_proxying, provider_of
from ledger.host_names import host_from


@pytest.mark.parametrize(
    ("nameservers", "company"),
    [
        (["ada.ns.cloudflare.com", "BOB.NS.Cloudflare.COM."], "Cloudflare"),
        (["ns-1.awsdns-01.com", "ns-2.awsdns-02.co.uk"], "Amazon Route 53"),
        (["ns-cloud-a1.googledomains.com"], "Google Cloud"),
        (["ns1.googledomains.com"], "Squarespace"),
        (["dns10.ovh.net", "ns10.ovh.net"], "OVHcloud"),
        (["ns1.gandi.net", "ns2.example.net"], None),
        (["ns1.gandi.net", "ns10.ovh.net"], None),
        (["ns1.notcloudflare.com"], None),
        (["cloudflare.com.attacker.net"], None),
        (["ns1.example.net"], None),
        ([], None),
    ],
)
def test_the_company_is_named_only_when_all_servers_are_its_own(
    nameservers: list[str], company: str | None
) -> None:
    assert provider_of(nameservers) == company
    assert is_proxying(nameservers) == (company == "Cloudflare")


def test_every_ending_is_a_name_in_lower_case() -> None:
    assert [name for name in BY_ENDING if host_from(name) != name] == []
