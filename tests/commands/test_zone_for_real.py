"""Our zone in NSD, asked for by two validating Unbounds: from new keys to a mail."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import dkim  # type: ignore[import-untyped]
import pytest

from commands.domain_looks import Eyes
from commands.gateways.dns import Asking, Resolver, Resolvers
from commands.key_sightings import sight_of
from commands.signatures import sign_header
from commands.signing_rounds import tend_keys
from commands.tracking_domains import tracking_of
from commands.tracking_looks import look_at_due_hosts
from commands.zone import ZoneHosts, zone_records
from ledger.dns_records import Question, wanted_records
from ledger.signing_keys import SEEN_FOR
from tests.commands.keyholders import KeyHolder
from tests.commands.linking import Linker
from tests.conftest import NOON
from tests.dkim_mails import signed_mail
from tests.dns_programs import missing, resolvers_for
from web.wiring import Service

NAME, ZONE = "hollis.com", "mail.daybook.net"
HOSTS = ZoneHosts(bounce="mx.example.net", tracking="links.example.net")


class Real:
    """A domain with keys and a tracking host, and what its owner has published."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.linker = Linker(service, NAME)
        self.linker.choose(f"links.{NAME}")
        self.keys = KeyHolder(
            service, self.linker.account_id, self.linker.domain_id, self.label
        )
        self.keys.begin()

    @property
    def label(self) -> str:
        return self.linker.sender.domain(self.linker.domain_id).label

    @property
    def zones(self) -> dict[str, str]:
        connection = self.service.connections.direct()
        with connection, connection.transaction():
            ours = [record.line for record in zone_records(connection, HOSTS)]
        target = f"{self.linker.current.target}.trk.{ZONE}."
        theirs = [
            f"{one.host}. CNAME {one.value}."
            for one in wanted_records(NAME, self.label, ZONE)
            if one.type == "CNAME"
        ]
        theirs.append(f"links CNAME {target}")
        return {ZONE: "\n".join(ours), NAME: "\n".join(theirs)}


def text_at(resolver: Resolver, host: str) -> bytes | None:
    line = Asking(resolver, questions_max=1, seconds_max=5)
    values = line.ask(Question(host.rstrip("."), "TXT")).values
    return values[0].encode() if values else None


def test_keys_and_hosts_are_seen_through_real_servers(
    service: Service, tmp_path: Path
) -> None:
    if line := missing():
        pytest.skip(line)
    real, journal = Real(service), service.journal
    who = real.linker.account_id
    with resolvers_for(tmp_path, real.zones) as resolvers:
        lookups = Resolvers(resolvers)
        for now in (NOON, NOON + SEEN_FOR):
            tend_keys(journal, sight_of(lookups, ZONE), now)
        look_at_due_hosts(journal, Eyes(lookups=lookups, zone=ZONE), NOON)
        used = tracking_of(journal, who).used

        def sign(header: bytes) -> bytes:
            digest = hashlib.sha256(header).digest()
            return sign_header(journal, who, NAME, digest, "dm1").data

        mail = signed_mail(NAME, "dm1", lambda h: base64.b64encode(sign(h)))
        assert dkim.verify(
            mail, dnsfunc=lambda name, timeout=5: text_at(resolvers[1], name.decode())
        )
    assert real.keys.table == ["active", "staged"]
    assert used is not None
    assert used.host == f"links.{NAME}"
