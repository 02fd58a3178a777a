"""From a domain that is added to a mail that verifies, through real DNS programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import dkim  # type: ignore[import-untyped]
import pytest

from commands.domain_looks import Eyes, check_now
from commands.domains import AddDomain, add_domain
from commands.gateways.dns import Asking, Resolver, Resolvers
from commands.key_sightings import sight_of
from commands.signing_rounds import tend_keys
from commands.zone import ZoneHosts, zone_records
from ledger.dns_records import Question, wanted_records
from ledger.domains import SendingDomain
from ledger.signing_keys import SEEN_FOR
from ledger.zone import head_lines
from tests.commands.conftest import clock, service
from tests.commands.keyholders import KeyHolder
from tests.conftest import NOON, context_at
from tests.dns_programs import missing, resolvers_for
from tests.web.service import a_key, an_account
from tests.web.test_api_signatures import DOMAIN, Sender
from web import create_app
from web.wiring import Service

__all__ = ["clock", "service"]


class Publisher(Sender):
    """The sending service of a customer whose records, and ours, really stand."""

    def __init__(self, service: Service) -> None:
        self.holder = KeyHolder(service, an_account(service))
        add = AddDomain(account_id=self.holder.account_id, name=DOMAIN)
        added = add_domain(service.journal, add, context_at(NOON), ())
        self.holder.domain_id = UUID(added.ids["domain"])
        self.holder.label = self.domain.label
        self.client = create_app(service).test_client()
        self.key = a_key(service)
        self.zone = service.settings.dns_zone
        self.resolvers: list[Resolver] = []

    @property
    def domain(self) -> SendingDomain:
        journal = self.holder.service.journal
        return journal.fresh(SendingDomain, self.holder.domain_id)

    @contextmanager
    def published(self, folder: Path) -> Iterator[Resolvers]:
        """Serve both zones as they are now."""
        hosts = ZoneHosts(bounce="mx.example.net", tracking="t.example.net")
        connection = self.holder.service.connections.direct()
        with connection, connection.transaction():
            ours = [record.line for record in zone_records(connection, hosts)]
        head = head_lines(self.zone, [f"ns.{self.zone}"], "dns@example.net", 1)
        wanted = wanted_records(DOMAIN, self.holder.label, self.zone)
        theirs = [f"{one.host}. CNAME {one.value}." for one in wanted if one.required]
        zones = {
            self.zone: "\n".join([*head, "ns A 127.0.0.1", *ours, ""]),
            DOMAIN: "\n".join([*theirs, ""]),
        }
        with resolvers_for(folder, zones) as self.resolvers:
            yield Resolvers(self.resolvers)

    def txt(self, name: bytes, timeout: int = 5) -> bytes | None:
        line = Asking(self.resolvers[0], questions_max=1, seconds_max=timeout)
        answer = line.ask(Question(name.decode().rstrip("."), "TXT"))
        return answer.values[0].encode() if answer.values else None

    def identity(self) -> dict[str, object]:
        where = f"/api/v1/accounts/{self.holder.account_id}/sending-identity"
        answer = self.client.get(f"{where}?domain={DOMAIN}", headers=self.key)
        assert answer.status_code == 200
        found: dict[str, object] = answer.get_json()
        return found


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_domain_is_verified_and_its_mail_signed_with_what_really_stands_in_dns(
    service: Service, tmp_path: Path
) -> None:
    sender = Publisher(service)
    assert sender.identity()["authenticated"] is False
    sender.holder.begin()
    with sender.published(tmp_path) as lookups:
        place = sender.holder.place
        eyes = Eyes(lookups=lookups, zone=sender.zone)
        check_now(service.journal, eyes, **place, now=NOON)
        for now in (NOON, NOON + SEEN_FOR):
            tend_keys(service.journal, sight_of(lookups, sender.zone), now)
        assert sender.holder.states == ["active", "staged"]
        assert sender.identity()["authenticated"] is True
        mail = sender.mail("dm1")
        assert dkim.verify(mail, dnsfunc=sender.txt)
        assert not dkim.verify(mail.replace(b"bloom", b"gloom"), dnsfunc=sender.txt)
