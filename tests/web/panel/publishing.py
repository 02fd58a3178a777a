"""What Ida publishes in the DNS, past any resolver, and what she then sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from werkzeug.test import TestResponse

from commands.domain_looks import look_at_due
from commands.domains import domains_of
from ledger.dns_records import Wanted, wanted_records
from tests.fakes import Names
from tests.web.service import followed
from tests.web.signed_in import Inhabitant

NAME = "hollis-gray.com"


@dataclass
class Publisher:
    """Somebody with one domain, whose records she can change."""

    ida: Inhabitant

    def __post_init__(self) -> None:
        assert self.ida.send("/domains", domain=NAME).status_code == 303
        (domain,) = domains_of(self.ida.service.journal, self.ida.account_id)
        self.label, self.domain_id = domain.label, domain.id
        followed(self.ida.service)

    @property
    def names(self) -> Names:
        found = self.ida.service.lookups
        assert isinstance(found, Names)
        return found

    @property
    def path(self) -> str:
        return f"/domains/{self.domain_id}"

    @property
    def wanted(self) -> list[Wanted]:
        return wanted_records(NAME, self.label, "mail.daybook.test")

    def publish(self, *kinds: str, end: str = "") -> None:
        """Publish these records, with something wrong at their end."""
        for one in self.wanted:
            if one.kind in kinds:
                self.names.publish(one.host, one.type, f"{one.value}{end}")

    def remove(self, *kinds: str) -> None:
        for one in self.wanted:
            if one.kind in kinds:
                self.names.remove(one.host, one.type)

    def check(self, after: timedelta = timedelta(minutes=7)) -> TestResponse:
        """Let time pass and ask for a check."""
        self.ida.clock.move(after)
        return self.ida.send(f"{self.path}/check", self.path)

    def checked(self, after: timedelta = timedelta(minutes=7)) -> str:
        """Let time pass, ask for a check, and read what it found."""
        answer = self.check(after)
        assert answer.status_code == 303
        followed(self.ida.service)
        return self.ida.reads(answer.location or "")

    def looked(self, *after: timedelta) -> str:
        """Let the worker look after each of these times; read the page then."""
        for step in after:
            self.ida.clock.move(step)
            service = self.ida.service
            look_at_due(service.journal, service.eyes, self.ida.clock())
        followed(self.ida.service)
        if not self.ida.is_in():
            self.ida.sign_in()
        return self.ida.reads(self.path)
