"""One round against NSD and a validating Unbound, where the machine has them."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from commands.domain_lookups import advise, look_for_key, look_up
from commands.gateways.dns import Asking, Resolver, Resolvers
from ledger.dns_records import Question, wanted_records, wanted_tracking
from tests.architecture.tree import ROOT
from tests.dns_programs import missing, program, resolvers_for

NAME = "example.com"
LABEL = "abcdefghijklmnopqrstuvwxyz"
ZONE = "mail.daybook.net"
WANTED = wanted_records(NAME, LABEL, ZONE)
PRIVATE = rsa.generate_private_key(65_537, 2_048)
PUBLIC = base64.b64encode(
    PRIVATE.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
).decode()
PEM = PRIVATE.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
)
RECORDS = [
    f'{one.host}. {one.type} "{one.value}"'
    if one.type == "TXT"
    else f"{one.host}. {one.type} {one.value}."
    for one in WANTED
]
CUSTOMERS = f"""
track CNAME xyz.trk.{ZONE}.
spoilt CNAME untouched.trk.{ZONE}.
inner A 10.0.0.1
@ TXT "v=spf1 +all"
""" + "\n".join(RECORDS + [f'many TXT "{"x" * 200} {number}"' for number in range(40)])
OURS = f"""
dm1.{LABEL}.dkim TXT "v=DKIM1; k=rsa; p=" "{PUBLIC[:200]}" "{PUBLIC[200:]}"
dm2.{LABEL}.dkim TXT "v=DKIM1; k=rsa; p="
"""
MAIL = b"From: ann@example.com\r\nTo: ben@example.net\r\nSubject: Hi\r\n\r\nHello.\r\n"


@pytest.fixture(scope="module")
def resolvers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Resolver]]:
    if line := missing():
        pytest.skip(line)
    folder: Path = tmp_path_factory.mktemp("dns")
    zones = {NAME: CUSTOMERS, ZONE: OURS}
    with resolvers_for(folder, zones, ("untouched", "tampered-")) as running:
        yield running


def test_signed_records_are_found(resolvers: list[Resolver]) -> None:
    looked = look_up(Resolvers(resolvers), WANTED)
    assert [one.state for one in looked.findings] == ["found"] * 4
    tracking = wanted_tracking(f"track.{NAME}", f"xyz.trk.{ZONE}")
    assert look_up(Resolvers(resolvers), [tracking]).findings[0].state == "found"


def test_what_is_not_there_is_proved_not_to_be_there(
    resolvers: list[Resolver],
) -> None:
    wanted = wanted_records(f"news.{NAME}", "z" * 26, ZONE)
    looked = look_up(Resolvers(resolvers), wanted)
    assert [(one.state, one.where) for one in looked.findings] == [
        ("waiting", None),
        ("waiting", None),
        ("waiting", None),
        ("found", "_dmarc.example.com"),
    ]
    assert looked.zone == NAME


def test_records_that_were_put_one_domain_too_high_are_found(
    resolvers: list[Resolver],
) -> None:
    wanted = wanted_records(f"news.{NAME}", LABEL, ZONE)
    looked = look_up(Resolvers(resolvers), wanted)
    assert [(one.mistake, one.where) for one in looked.findings[:2]] == [
        ("subdomain_left_out", "dm1._domainkey.example.com"),
        ("subdomain_left_out", "dm2._domainkey.example.com"),
    ]


def test_a_record_that_somebody_changed_on_the_way_is_an_error_and_never_wrong(
    resolvers: list[Resolver],
) -> None:
    for target in ("untouched", "tampered-"):
        wanted = wanted_tracking(f"spoilt.{NAME}", f"{target}.trk.{ZONE}")
        (finding,) = look_up(Resolvers(resolvers), [wanted]).findings
        assert (finding.state, finding.found) == ("dns_error", [])


def test_an_answer_that_is_too_long_for_a_datagram_arrives(
    resolvers: list[Resolver],
) -> None:
    line = Asking(resolvers[0], questions_max=1, seconds_max=5)
    assert len(line.ask(Question(f"many.{NAME}", "TXT")).values) == 40


def test_private_addresses_are_held_back_by_the_resolver(
    resolvers: list[Resolver],
) -> None:
    line = Asking(resolvers[0], questions_max=1, seconds_max=5)
    answer = line.ask(Question(f"inner.{NAME}", "A"))
    assert answer.values == ()


def test_advice_is_given_on_real_records(resolvers: list[Resolver]) -> None:
    assert [one.code for one in advise(Resolvers(resolvers), NAME)] == ["spf_anybody"]


def test_the_configuration_in_the_guide_is_one(tmp_path: Path) -> None:
    checker = program("unbound-checkconf")
    if checker is None:
        pytest.skip(missing())
    text = (ROOT / "docs/how-to/set-up-resolvers.md").read_text()
    (written,) = re.findall(r"```\n(.+?)```", text, re.DOTALL)
    # The root's key is fetched by the package, which not every machine lets run.
    lines = [line for line in written.splitlines() if "trust-anchor" not in line]
    (tmp_path / "unbound.conf").write_text("\n".join(lines))
    done = subprocess.run(
        [checker, tmp_path / "unbound.conf"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def text_at(resolvers: list[Resolver], host: str) -> bytes:
    line = Asking(resolvers[0], questions_max=1, seconds_max=5)
    values = line.ask(Question(host.rstrip("."), "TXT")).values
    return values[0].encode() if values else b""


def test_a_key_that_we_find_is_one_that_a_receiver_verifies_with(
    resolvers: list[Resolver],
) -> None:
    def dns_text(name: bytes, timeout: int = 5) -> bytes:
        return text_at(resolvers, name.decode())

    for selector, is_good in (("dm1", True), ("dm2", False)):
        signed = dkim.sign(MAIL, selector.encode(), NAME.encode(), PEM)
        assert dkim.verify(signed + MAIL, dnsfunc=dns_text) == is_good
        host = f"{selector}.{LABEL}.dkim.{ZONE}"
        finding = look_for_key(Resolvers(resolvers), host, PUBLIC)
        assert (finding.state == "found") == is_good
