"""A domain with what the latest looks found of its records."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import url_for

from commands.domain_checks import Check, checks_of, next_look_at
from ledger.dns_records import FOUND, WAITING, Advice, wanted_records
from ledger.host_names import shown as written
from web import access
from web.panel.dns_figures import Findings, compared, worst

if TYPE_CHECKING:
    from ledger.domains import SendingDomain


def is_looked_for() -> bool:
    """Whether there are resolvers to ask; where there are none nothing is found."""
    return bool(access.service().lookups.begin())


class Seen:
    """What pages tell of one domain; its account is open, so it has a name."""

    def __init__(self, domain: SendingDomain) -> None:
        service = access.service()
        self._domain, self._journal = domain, service.journal
        self.ascii = domain.name or ""
        self.name = written(self.ascii)
        zone = service.settings.dns_zone
        self._wanted = wanted_records(self.ascii, domain.label, zone)

    @cached_property
    def looks(self) -> list[tuple[Check, Findings]]:
        """The latest looks, the newest first, each with what it found by kind."""
        domain = self._domain
        if not is_looked_for():
            return []
        found = checks_of(self._journal, domain.account_id, domain.id)
        return [
            (check, {one.kind: one for one in check.seen.findings}) for check in found
        ]

    @property
    def zone(self) -> str:
        """The zone that the records belong into, as far as it is known."""
        told = (check.seen.zone for check, _ in self.looks)
        return next((zone for zone in told if zone), self._wanted[0].apex)

    @property
    def provider(self) -> str | None:
        """Who seems to keep the zone."""
        told = (check.seen.provider for check, _ in self.looks)
        return next((name for name in told if name), None)

    @property
    def advice(self) -> list[Advice]:
        """What else the latest look saw that is good to know."""
        return self.looks[0][0].seen.advice if self.looks else []

    @cached_property
    def _records(self) -> list[tuple[bool, dict[str, Any]]]:
        looks = [found for _, found in self.looks]
        return [(one.required, compared(one, self.zone, looks)) for one in self._wanted]

    def records(self) -> dict[str, list[dict[str, Any]]]:
        """The records that are needed, and those that help."""
        return {
            "required": [record for needed, record in self._records if needed],
            "recommended": [record for needed, record in self._records if not needed],
        }

    @property
    def is_lacking(self) -> bool:
        """Whether there is a record that is still to be published."""
        return any(one["state"] != FOUND for _, one in self._records)

    def to_publish(self) -> dict[str, list[dict[str, Any]]]:
        """What a sheet asks for: nothing that helps and is there in some form."""
        found = self.records()
        left = [one for one in found["recommended"] if one["state"] != FOUND]
        return found | {"recommended": left}

    def summary(self) -> dict[str, Any]:
        """What a list tells of the domain."""
        needed = self.records()["required"]
        return {
            "id": self._domain.id,
            "href": url_for("domains.show", domain_id=self._domain.id),
            "name": self.name,
            "state": self._domain.state,
            "found": len([one for one in needed if one["state"] == FOUND]),
            "wanted": len(needed),
            "worst": worst(needed) if self.looks else WAITING,
            "checked_at": self.looks[0][0].last_at if self.looks else None,
        }

    def values(self) -> dict[str, Any]:
        """What the domain's own page tells of it."""
        domain = self._domain
        return self.summary() | {
            "ascii": self.ascii if self.ascii != self.name else None,
            "zone": written(self.zone),
            "until": domain.fails_at,
            "contest": domain.contest
            and {
                "side": "holder" if domain.holds else "claimant",
                "until": domain.contest["until"],
            },
            "next_at": next_look_at(self._journal, domain.account_id, domain.id)
            if is_looked_for()
            else None,
        }
