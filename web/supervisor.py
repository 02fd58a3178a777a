"""`daybook run`: database, stand-ins, web and worker, started and stopped in order.

Whatever of them ends by itself is started again, after a pause that grows.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from web import seed
from web.children import COUNTED_IN, Child, alone_in, figures_folder, tell
from web.database import Database, migrate, prepare_embedded
from web.embedded import EmbeddedServer, ServerTrouble
from web.embedded_process import running
from web.erasing import repeat_after_restore
from web.settings import Settings, SettingsTrouble, master_key
from web.wiring import TEST_WEBHOOK_SECRET, database_of

READY_SECONDS_MAX = 60
TEND_SECONDS = 0.2
DATABASE_PAUSE_SECONDS = 3.0
PORTS_TRIED = 20


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """Somebody asked us to stop."""


def run(settings: Settings, environ: Mapping[str, str], *, demo: bool = True) -> int:
    """Run everything until Ctrl-C; return the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    with ExitStack() as stack:
        try:
            _run(stack, settings, dict(environ), demo)
        except Stopped:
            print("\nStopping.")  # noqa: T201 - the supervisor speaks to a person
            return 0
        except SettingsTrouble as trouble:
            print(f"daybook: {trouble}", file=sys.stderr)  # noqa: T201 - as above
            return 2
    return 1


def _run(
    stack: ExitStack, settings: Settings, environ: dict[str, str], demo: bool
) -> None:
    settings.check()
    var = settings.daybook_var.absolute()
    var.mkdir(parents=True, exist_ok=True)
    lock = stack.enter_context(alone_in(var))
    _tell_of_new_key(settings, var)
    server = _embedded(stack, settings, var)
    database = _database(settings, server, var)
    environ |= _urls(database)
    migrate(database.owner)
    repeat_after_restore(settings, database)
    port = _port(settings)
    base = environ.get("DAYBOOK_BASE_URL") or f"http://localhost:{port}"
    environ |= _own_words(port, base, var)
    found, children = _stand_ins(stack, lock, settings, environ, var, port)
    environ |= found
    for name, command in (("web", "serve"), ("worker", "worker")):
        children.append(_child(stack, lock, name, ["-m", "web.cli", command], environ))
    _wait_ready(f"http://localhost:{port}/readyz", children)
    told = seed.demo(base, environ, var) if demo and "DEMO" not in environ else ""
    _greet(base, environ, told)
    while True:
        _tend(server, children)
        time.sleep(TEND_SECONDS)


def _own_words(port: int, base: str, var: Path) -> dict[str, str]:
    """Return what every child is told about us."""
    return {
        "DAYBOOK_PORT": str(port),
        "DAYBOOK_BASE_URL": base,
        "DAYBOOK_VAR": str(var),
        "DAYBOOK_SUPERVISED": "1",
        COUNTED_IN: str(figures_folder(var)),
    }


def _tend(server: EmbeddedServer | None, children: list[Child]) -> None:
    """Start again what ended by itself: the database first, then its users."""
    if server is not None and running(server.cluster) is None:
        tell("the database ended by itself and is started again")
        try:
            server.start()
        except ServerTrouble as trouble:
            tell(str(trouble))
            time.sleep(DATABASE_PAUSE_SECONDS)
    for child in children:
        child.tend()


def _embedded(stack: ExitStack, settings: Settings, var: Path) -> EmbeddedServer | None:
    if settings.database_url:
        return None
    server = stack.enter_context(EmbeddedServer(var / "pg"))
    print(f"Database: {server}")  # noqa: T201 - the supervisor speaks to a person
    return server


def _database(settings: Settings, server: EmbeddedServer | None, var: Path) -> Database:
    if server is None:
        return database_of(settings)
    return prepare_embedded(server.conninfo(), var)


def _urls(database: Database) -> dict[str, str]:
    return {
        "DATABASE_URL": database.service,
        "DATABASE_DIRECT_URL": database.direct,
        "DATABASE_OWNER_URL": database.owner,
        "DATABASE_AUDITOR_URL": database.auditor,
    }


def _tell_of_new_key(settings: Settings, var: Path) -> None:
    path = settings.daybook_master_key_file or var / "master.key"
    new = not settings.daybook_master_key and not path.exists()
    master_key(settings)
    if new:
        print(  # noqa: T201 - the supervisor speaks to a person
            f"A new master key is in {path}. Keep a copy: losing it loses the data."
        )


def _port(settings: Settings) -> int:
    """Return the configured port, or the next free one after it."""
    for port in range(settings.daybook_port, settings.daybook_port + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.daybook_host, port))
            except OSError:
                continue
            return port
    raise SettingsTrouble(f"no port is free from {settings.daybook_port} on")


def _stand_ins(
    stack: ExitStack,
    lock: int,
    settings: Settings,
    environ: dict[str, str],
    var: Path,
    port: int,
) -> tuple[dict[str, str], list[Child]]:
    """Start what stands in for Stripe and SMTP; return where they are, and them."""
    if settings.stripe_secret_key and settings.smtp_url:
        return {}, []
    arguments = [
        "-m", "web.stand_in",
        "--webhook-url", f"http://127.0.0.1:{port}/webhooks/stripe",
        "--webhook-secret", TEST_WEBHOOK_SECRET,
        "--state-folder", str(var / "stand-in"),
    ]  # fmt: skip
    child = _child(stack, lock, "stand-ins", arguments, environ, subprocess.PIPE)
    ports = _ports_of(child)
    found = {}
    if not settings.stripe_secret_key:
        found["DAYBOOK_PAYMENTS_URL"] = ports["payments_url"]
    if not settings.smtp_url:
        found["SMTP_URL"] = f"smtp://127.0.0.1:{ports['smtp_port']}"
        found["DAYBOOK_MAILBOX_URL"] = ports["mailbox_url"]
    return found, [child]


def _ports_of(child: Child) -> dict[str, Any]:
    """Return where the stand-ins are; started again they are found there too."""
    assert child.process.stdout is not None
    line = child.process.stdout.readline()
    if not line:
        raise SettingsTrouble("the stand-ins did not start; see above")
    ports: dict[str, Any] = json.loads(line)
    for name in ("payments", "mailbox", "smtp"):
        child.arguments += [f"--{name}-port", str(ports[f"{name}_port"])]
    child.output = subprocess.DEVNULL
    return ports


def _child(
    stack: ExitStack,
    lock: int,
    name: str,
    arguments: list[str],
    environ: dict[str, str],
    output: int | None = None,
) -> Child:
    """Start a process that is stopped with everything else."""
    child = Child(name, arguments, environ, output, keeps=(lock,))
    stack.callback(child.stop)
    return child


def _wait_ready(url: str, children: list[Child]) -> None:
    until = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < until:
        for child in children:
            if child.process.poll() is not None:
                raise SettingsTrouble(f"the {child.name} process did not start")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SettingsTrouble(f"{url} did not answer within {READY_SECONDS_MAX} s")


def _greet(base: str, environ: Mapping[str, str], told: str) -> None:
    lines = ["", f"Daybook is served at {base}"]
    if told:
        lines.append(told)
    if mailbox := environ.get("DAYBOOK_MAILBOX_URL"):
        lines.append(f"Mailbox: {mailbox}")
    if payments := environ.get("DAYBOOK_PAYMENTS_URL"):
        lines.append(f"Test payments: {payments} (card 4242 4242 4242 4242)")
    address = environ.get("DAYBOOK_METRICS_ADDRESS", "127.0.0.1:9464")
    if not address.endswith(":0"):
        lines.append(f"Figures: http://{address}/metrics")
    lines += ["Ctrl-C stops it.", ""]
    print("\n".join(lines), flush=True)  # noqa: T201 - the supervisor speaks to a person


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped
