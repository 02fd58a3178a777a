"""E-mail addresses: what mail is sent to, and what makes two of them the same.

An address is refused unless its local part is a dot-atom of ASCII (RFC 5322 §3.2.3,
at most 64 octets) and its domain, mapped by UTS 46 and written as A-labels, has a dot,
LDH labels and a top level that is not all digits. Two addresses are the same when
their domains are equal and their local parts are equal without regard to case; dots
and `+tags` count.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ledger.host_names import NotAHost, host_from
from ledger.refusals import UndeliverableAddress

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL = re.compile(rf"{ATOM}(\.{ATOM})*")
LOCAL_OCTETS_MAX = 64
ADDRESS_OCTETS_MAX = 254
TYPED_MAX = 400


class Address(NamedTuple):
    """An address as mail is sent to it, and the form that is claimed once."""

    shown: str
    canonical: str

    @property
    def words(self) -> list[str]:
        """The parts that a password must not be made of."""
        local, _, domain = self.shown.rpartition("@")
        return [local, *re.split(r"[._+-]", local), *domain.split(".")[:-1]]


def address_from(typed: str) -> Address:
    """Return the address that was typed, blanks around it forgiven.

    Raises UndeliverableAddress.
    """
    text = unicodedata.normalize("NFC", typed.strip())
    local, at, domain = text.rpartition("@")
    if not at or len(text) > TYPED_MAX or len(local) > LOCAL_OCTETS_MAX:
        raise UndeliverableAddress
    if not LOCAL.fullmatch(local):
        raise UndeliverableAddress
    host = _host(domain)
    shown = f"{local}@{host}"
    if len(shown) > ADDRESS_OCTETS_MAX:
        raise UndeliverableAddress
    return Address(shown, f"{local.casefold()}@{host}")


def _host(domain: str) -> str:
    try:
        host = host_from(domain)
    except NotAHost:
        raise UndeliverableAddress from None
    labels = host.split(".")
    if len(labels) < 2 or not labels[-1] or labels[-1].isdigit():
        raise UndeliverableAddress
    return host
