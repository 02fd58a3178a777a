"""Who keeps a zone, told by the names of its servers: where its owner signs in."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.domain_names import is_at_or_under

CLOUDFLARE = "Cloudflare"
BY_ENDING = {
    "akam.net": "Akamai",
    "anycast.me": "OVHcloud",
    "azure-dns.com": "Microsoft Azure",
    "azure-dns.info": "Microsoft Azure",
    "azure-dns.net": "Microsoft Azure",
    "azure-dns.org": "Microsoft Azure",
    "bluehost.com": "Bluehost",
    "bunny.net": "bunny.net",
    "cloudflare.com": CLOUDFLARE,
    "cloudns.net": "ClouDNS",
    "constellix.com": "Constellix",
    "digitalocean.com": "DigitalOcean",
    "dns-parking.com": "Hostinger",
    "dns.ne.jp": "Sakura Internet",
    "dnsimple.com": "DNSimple",
    "dnsmadeeasy.com": "DNS Made Easy",
    "dnsowl.com": "NameSilo",
    "domaincontrol.com": "GoDaddy",
    "domainnameshop.com": "Domeneshop",
    "dreamhost.com": "DreamHost",
    "dynect.net": "Oracle Dyn",
    "easydns.com": "easyDNS",
    "gandi.net": "Gandi",
    "googledomains.com": "Squarespace",
    "he.net": "Hurricane Electric",
    "hetzner.com": "Hetzner",
    "hetzner.de": "Hetzner",
    "hichina.com": "Alibaba Cloud",
    "hostgator.com": "HostGator",
    "hover.com": "Hover",
    "infomaniak.ch": "Infomaniak",
    "infomaniak.com": "Infomaniak",
    "inwx.de": "INWX",
    "linode.com": "Akamai Linode",
    "loopia.se": "Loopia",
    "hostpoint.ch": "Hostpoint",
    "mijn.host": "mijn.host",
    "name-services.com": "Enom",
    "name.com": "Name.com",
    "netlify.com": "Netlify",
    "nsone.net": "NS1",
    "one.com": "one.com",
    "ovh.ca": "OVHcloud",
    "ovh.net": "OVHcloud",
    "porkbun.com": "Porkbun",
    "registrar-servers.com": "Namecheap",
    "rzone.de": "STRATO",
    "shops.myshopify.com": "Shopify",
    "simply.com": "Simply.com",
    "siteground.net": "SiteGround",
    "squarespacedns.com": "Squarespace",
    "transip.net": "TransIP",
    "transip.nl": "TransIP",
    "ui-dns.biz": "IONOS",
    "ui-dns.com": "IONOS",
    "ui-dns.de": "IONOS",
    "ui-dns.org": "IONOS",
    "vercel-dns.com": "Vercel",
    "wixdns.net": "Wix",
    "wordpress.com": "WordPress.com",
    "worldnic.com": "Network Solutions",
    "yandex.net": "Yandex",
    "your-server.de": "Hetzner",
}
"""The ending of a server's name; its company's name as it writes it itself."""
AMAZON_LABEL = "awsdns-"
AMAZON = "Amazon Route 53"
GOOGLE_CLOUD = "ns-cloud-"


def provider_of(nameservers: Iterable[str]) -> str | None:
    """Return the name of the company that the servers belong to, if it is known.

    Servers of several companies tell nothing: who of them is signed in to is not said.
    """
    found = {_company(name.lower().rstrip(".")) for name in nameservers}
    return found.pop() if len(found) == 1 else None


def is_proxying(nameservers: Iterable[str]) -> bool:
    """Tell whether the company answers for a name with addresses of its own."""
    return provider_of(nameservers) == CLOUDFLARE


def _company(nameserver: str) -> str | None:
    if f".{AMAZON_LABEL}" in f".{nameserver}":
        return AMAZON
    if nameserver.startswith(GOOGLE_CLOUD):
        return "Google Cloud"
    for ending, company in BY_ENDING.items():
        if is_at_or_under(nameserver, ending):
            return company
    return None
