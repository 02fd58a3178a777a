"""NSD and a validating Unbound on loopback, for one round against real programs.

They are not installed by the tests: as packages they start by themselves and listen.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from commands.gateways.dns import Asking, Resolver
from ledger.dns_records import TIMEOUT, Question

HOW = "apt-get install nsd unbound, and stop what that starts"
SBIN = "/usr/sbin:/usr/local/sbin"
READY_SECONDS_MAX = 20
SIGNED_SECONDS = 86_400
ALGORITHM = "ECDSAP256SHA256"
HEAD = """$TTL 300
@ SOA ns host.daybook.net. 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
"""
NSD = """server:
  ip-address: 127.0.0.1@{port}
  port: {port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  zonelistfile: "{folder}/zones.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  logfile: "{folder}/nsd.log"
  server-count: 1
remote-control:
  control-enable: no
"""
UNBOUND = """server:
  interface: 127.0.0.1@{port}
  port: {port}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  logfile: "{folder}/unbound.{port}.log"
  do-daemonize: no
  do-ip6: no
  num-threads: 1
  do-not-query-localhost: no
  module-config: "validator iterator"
  private-address: 10.0.0.0/8
  cache-max-negative-ttl: 1
  max-udp-size: 1232
  local-zone: "test." nodefault
{anchors}
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{nsd}
remote-control:
  control-enable: no
"""


def program(name: str) -> str | None:
    """The path of a program of the machine, or None."""
    return shutil.which(name) or shutil.which(name, path=SBIN)


def missing() -> str:
    """The line that says which program lacks and how to get it; empty when none."""
    lacking = [name for name in ("nsd", "unbound") if program(name) is None]
    return f"{' and '.join(lacking)} not installed: {HOW}" if lacking else ""


@contextmanager
def resolvers_for(
    folder: Path, zones: Mapping[str, str], tampered: tuple[str, str] = ("", "")
) -> Iterator[list[Resolver]]:
    """Serve signed zones by NSD, and resolve them by two Unbounds that validate.

    A zone that lacks a head gets one.

    `tampered` is replaced in the zone files after they were signed: what it was, and
    what it is then.
    """
    anchors, served = [], []
    for name, text in zones.items():
        whole = text if " SOA " in text else HEAD + text
        signed, anchor = _signed(name, whole)
        (folder / f"{name}.zone").write_text(signed.replace(*tampered))
        served.append(f'zone:\n  name: "{name}"\n  zonefile: "{name}.zone"\n')
        anchors.append(f'  trust-anchor: "{name}. DS {anchor}"')
    (folder / "root.zone").write_text("$ORIGIN .\n" + HEAD)
    served.append('zone:\n  name: "."\n  zonefile: "root.zone"\n')
    nsd = _free_port()
    conf = folder / "nsd.conf"
    conf.write_text(NSD.format(port=nsd, folder=folder) + "".join(served))
    with (
        _running(["nsd", "-d", "-c", str(conf)], nsd),
        _unbound(folder, nsd, anchors) as one,
        _unbound(folder, nsd, anchors) as two,
    ):
        yield [one, two]


def _signed(name: str, text: str) -> tuple[str, str]:
    """A zone signed by a key of its own, and the key's digest."""
    zone = dns.zone.from_text(text, name, relativize=False)
    private = ec.generate_private_key(ec.SECP256R1())
    key = dns.dnssec.make_dnskey(private.public_key(), ALGORITHM, flags=257)
    with zone.writer() as transaction:
        dns.dnssec.sign_zone(
            zone, transaction, keys=[(private, key)], lifetime=SIGNED_SECONDS
        )
    digest = dns.dnssec.make_ds(dns.name.from_text(name), key, "SHA256")
    return zone.to_text(relativize=False), digest.to_text()


@contextmanager
def _unbound(folder: Path, nsd: int, anchors: list[str]) -> Iterator[Resolver]:
    port = _free_port()
    conf = folder / f"unbound.{port}.conf"
    conf.write_text(
        UNBOUND.format(port=port, folder=folder, nsd=nsd, anchors="\n".join(anchors))
    )
    with _running(["unbound", "-d", "-c", str(conf)], port):
        yield Resolver("127.0.0.1", port)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    """Run a program in the foreground until it is done with."""
    path = program(command[0])
    assert path is not None
    process = subprocess.Popen([path, *command[1:]], stderr=subprocess.DEVNULL)
    try:
        _wait_for(process, Resolver("127.0.0.1", port))
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], resolver: Resolver) -> None:
    until = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < until:
        assert process.poll() is None, f"{process.args!r} ended by itself"
        line = Asking(resolver, questions_max=1, seconds_max=0.5)
        if line.ask(Question("example.com", "NS")).status != TIMEOUT:
            return
        time.sleep(0.05)
    raise AssertionError(f"{process.args!r} does not answer")


def _free_port() -> int:
    """A port that nobody has, for UDP and for TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.bind(("127.0.0.1", 0))
        port: int = tcp.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", port))
        return port
