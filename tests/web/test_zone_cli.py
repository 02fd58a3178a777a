"""The zone as a file that servers take, its changes as JSON, and keys by hand."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any

import dns.zone
import pytest

from ledger.signing_keys import SEEN_FOR
from tests.commands.conftest import clock, service
from tests.commands.keyholders import KeyHolder
from tests.conftest import MASTER, NOON
from tests.web.service import an_account
from web.cli import main
from web.database import Database
from web.wiring import Service

__all__ = ["clock", "service"]

ZONE = "dns.daybook.example"
ENVIRONMENT = {
    "DAYBOOK_MASTER_KEY": MASTER.hex(),
    "DAYBOOK_DNS_ZONE": ZONE,
    "DAYBOOK_ZONE_NAMESERVERS": "ns1.example.net, NS2.example.net",
    "DAYBOOK_ZONE_CONTACT": "dns.team@example.net",
    "DAYBOOK_BOUNCE_HOST": "mx.example.net",
    "DAYBOOK_TRACKING_HOST": "links.example.net",
}
CHECKERS = (["named-checkzone", "-q"], ["nsd-checkzone"])


@pytest.fixture(autouse=True)
def _operator(
    monkeypatch: pytest.MonkeyPatch, empty_database: Database, tmp_path: Path
) -> None:
    found = {"DATABASE_URL": empty_database.service, "DAYBOOK_VAR": str(tmp_path)}
    for name, value in {**ENVIRONMENT, **found}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def holder(service: Service) -> KeyHolder:
    """Somebody who holds hollis.com, whose first key signs."""
    holder = KeyHolder(service, an_account(service))
    holder.hold("hollis.com")
    holder.sign_from()
    return holder


def run(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(arguments) == status
    return capsys.readouterr().out


def parsed(text: str) -> dns.zone.Zone:
    return dns.zone.from_text(text, origin=f"{ZONE}.", relativize=False)


def texts(zone: dns.zone.Zone) -> dict[str, str]:
    """The joined text of each name that has one."""
    return {
        str(name): b"".join(found[0].strings).decode()
        for name, found in zone.iterate_rdatasets("TXT")
    }


def test_the_zone_file_is_read_by_an_independent_parser(
    holder: KeyHolder, capsys: pytest.CaptureFixture[str]
) -> None:
    zone = parsed(run(capsys, "zone"))
    assert str(zone.find_rdataset(f"{ZONE}.", "SOA")[0].mname) == "ns1.example.net."
    assert len(zone.find_rdataset(f"{ZONE}.", "NS")) == 2
    assert texts(zone) == {
        f"{selector}.{holder.label}.dkim.{ZONE}.": f"v=DKIM1; k=rsa; p={key.public_key}"
        for selector, key in holder.keys.keys.items()
    }
    bounce = zone.find_rdataset(f"{holder.label}.bounce.{ZONE}.", "CNAME")[0]
    assert str(bounce.target) == "mx.example.net."


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker[0])
def test_name_servers_take_the_file(
    holder: KeyHolder,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    checker: list[str],
) -> None:
    if shutil.which(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    holder.revoke("dm1", NOON)
    file = tmp_path / "zone"
    file.write_text(run(capsys, "zone"))
    subprocess.run([*checker, ZONE, str(file)], check=True)


def test_changes_are_lines_of_json_that_go_on_from_a_position(
    holder: KeyHolder, capsys: pytest.CaptureFixture[str]
) -> None:
    def since(position: str) -> list[dict[str, Any]]:
        out = run(capsys, "zone", "--changes-since", position)
        return [json.loads(line) for line in out.splitlines()]

    *known, end = since("0")
    assert end["complete"]
    assert {one["type"] for one in known} == {"TXT", "CNAME"}
    assert since(end["position"]) == [end]
    holder.revoke("dm1", NOON)
    news = {one["name"]: one for one in since(end["position"])[:-1]}
    told = news[f"dm1.{holder.label}.dkim.{ZONE}"]
    assert (told["values"], told["ttl"]) == (["v=DKIM1; k=rsa; p="], 600)


def test_what_is_gone_has_no_values(
    holder: KeyHolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with holder.service.connections.for_account(holder.account_id) as connection:
        connection.execute("UPDATE signing_keys SET state = 'removed'")
    lines = run(capsys, "zone", "--changes-since", "0").splitlines()[:-1]
    assert [json.loads(line)["values"] for line in lines] == [[]] * 4
    assert texts(parsed(run(capsys, "zone"))) == {}


def test_a_key_is_shown_rotated_and_revoked_by_hand(
    holder: KeyHolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "dm1  active" in run(capsys, "signing-key", "list", "hollis.com")
    assert "dm1  retiring" in run(capsys, "signing-key", "rotate", "Hollis.com")
    out = run(capsys, "signing-key", "revoke", "hollis.com", "--selector", "dm2")
    assert "dm1  active" in out
    assert "dm2  revoked" in out


def test_what_cannot_be_is_said_in_one_line(
    holder: KeyHolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "signing-key", "list", "other.com", status=1).startswith("no ")
    assert main(["signing-key", "revoke", "hollis.com"]) == 2
    holder.rotate(NOON + SEEN_FOR)
    capsys.readouterr()
    out = run(capsys, "signing-key", "rotate", "hollis.com", status=1)
    assert out.startswith("key-not-seen: ")


def test_memory_does_not_grow_with_the_number_of_domains(
    service: Service,
) -> None:
    with service.connections.direct() as connection:
        connection.execute(
            "INSERT INTO signing_keys SELECT gen_random_uuid(), gen_random_uuid(),"
            " 'dm1', md5(i::text), gen_random_uuid(), 'active', repeat('k', 392),"
            " now(), i FROM generate_series(1, 200000) i"
        )
    sink = _Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("web.zone_cli.say", sink)
        assert main(["zone"]) == 0
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert sink.lines > 400_000
    assert sink.characters > 80_000_000
    assert grown < 24_000


class _Counter:
    lines = characters = 0

    def __call__(self, line: str) -> None:
        self.lines += 1
        self.characters += len(line)


def test_the_zone_is_compared_with_the_journal(
    holder: KeyHolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "agrees" in run(capsys, "zone", "--check")
    with holder.service.connections.for_account(holder.account_id) as connection:
        connection.execute("UPDATE signing_keys SET public_key = 'MIIB'")
    out = run(capsys, "zone", "--check", status=1)
    assert f"differs: keys of domain {holder.domain_id}" in out
