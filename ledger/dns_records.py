"""Records that a customer publishes, and what resolvers say of them.

`ledger.dns_judging` compares the two. Names are A-labels in lower case without the
final dot, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ledger.public_suffixes import registrable

DKIM1, DKIM2, RETURN_PATH, DMARC = "dkim1", "dkim2", "return_path", "dmarc"
TRACKING = "tracking"
SELECTORS = {DKIM1: "dm1", DKIM2: "dm2"}
"""The first label of the host that a customer sets once, and of its target."""
DMARC_VALUE = "v=DMARC1; p=none;"
"""What we propose to who has none: it asks receivers for nothing but alignment."""

ANSWERED, NO_NAME, NO_DATA = "answered", "no_name", "no_data"
SERVER_FAILURE, TIMEOUT = "server_failure", "timeout"

WAITING, FOUND, DIFFERENT, SEVERAL = "waiting", "found", "different", "several"
DNS_ERROR, TIMED_OUT = "dns_error", "timed_out"
TEMPORARY = frozenset({DNS_ERROR, TIMED_OUT})
"""States that say nothing of the record: they neither verify nor take anything back."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A record to publish; `apex` is the name that its owner registered.

    `kind` is dkim1, dkim2, return_path, dmarc or tracking; without those that are not
    `required` a domain is verified all the same.
    """

    kind: str
    type: str
    host: str
    value: str
    required: bool
    apex: str

    @property
    def relative_host(self) -> str:
        """What most providers' forms ask for: the host without the zone's name."""
        return relative_to(self.host, self.apex)


class Question(NamedTuple):
    """What a resolver is asked."""

    host: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one resolver said.

    `status` is answered, no_name, no_data, server_failure or timeout. `values` are
    targets, or the joined strings of each text, with backslashes before what is not
    printable ASCII; `chain` are the names that CNAMEs led to on the way there; `zone`
    is the zone that said no, where that was told.
    """

    status: str
    values: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    ttl_seconds: int | None = None
    zone: str | None = None


Answers = Mapping[Question, Answer]
"""All that one resolver said in a look-up."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How a wanted record stands.

    `state` is waiting, found, different, several, dns_error or timed_out; `mistake` a
    code of `ledger.dns_mistakes`; `where` the host of what was found, where it is
    another than the wanted one.
    """

    kind: str
    state: str
    found: list[str]
    mistake: str | None = None
    where: str | None = None

    @property
    def is_temporary(self) -> bool:
        """Whether nothing may be concluded from it."""
        return self.state in TEMPORARY


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What an owner should know of his records; mail is sent all the same.

    `code` is one of `ledger.dns_advice`; `evidence` what it is about.
    """

    code: str
    evidence: list[str]


def wanted_records(name: str, label: str, zone: str) -> list[Wanted]:
    """Return the records of a sending domain, in the order in which they are shown.

    `label` is the domain's own in our `zone`: who points at it proves that he answers
    for the name.
    """
    dkim = [
        _cname(kind, f"{selector}._domainkey.{name}", f"{selector}.{label}.dkim.{zone}")
        for kind, selector in SELECTORS.items()
    ]
    bounce = f"{label}.bounce.{zone}"
    dmarc = Wanted(
        kind=DMARC,
        type="TXT",
        host=f"_dmarc.{name}",
        value=DMARC_VALUE,
        required=False,
        apex=_apex(name),
    )
    back = _cname(RETURN_PATH, f"bounce.{name}", bounce, required=False)
    return [*dkim, back, dmarc]


def wanted_tracking(host: str, target: str) -> Wanted:
    """Return the record of a tracking host."""
    return _cname(TRACKING, host, target)


def relative_to(host: str, apex: str) -> str:
    """Return the host as it is written in the zone `apex`."""
    return "@" if host == apex else host.removesuffix(f".{apex}")


def _cname(kind: str, host: str, value: str, required: bool = True) -> Wanted:
    return Wanted(
        kind=kind,
        type="CNAME",
        host=host,
        value=value,
        required=required,
        apex=_apex(host),
    )


def _apex(host: str) -> str:
    return registrable(host) or host
