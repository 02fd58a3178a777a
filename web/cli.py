"""The command line: `daybook run`, and what operators and auditors need."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType

from web.embedded import ServerTrouble
from web.settings import Settings, SettingsTrouble, settings_from

Run = Callable[[Settings, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status. Troubles are told in one line."""
    from web.database import DatabaseTrouble

    parsed = parser().parse_args(arguments)
    try:
        run: Run = parsed.run
        return run(settings_from(os.environ), parsed)
    except (SettingsTrouble, DatabaseTrouble, ServerTrouble) as trouble:
        print(f"daybook: {trouble}", file=sys.stderr)  # noqa: T201 - a command speaks
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return what understands every command."""
    parser = argparse.ArgumentParser(
        prog="daybook",
        description="Accounts, credits and purchases, kept as a journal of events.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, run: Run, words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words)
        added.set_defaults(run=run)
        return added

    run = add("run", _run, "run everything: database, stand-ins, web and worker")
    run.add_argument("--no-demo", action="store_true", help="no demo account")
    add("serve", _serve, "serve the panel and the API")
    add("worker", _worker, "follow the journal: views, receipts, mails, webhooks")
    add("migrate", _migrate, "bring the schema up to date; adopt a restored server")
    from web import audit_cli, operators, staff_cli

    operators.install(add)
    staff_cli.install(add)
    audit_cli.install(commands)
    return parser


def _run(settings: Settings, parsed: argparse.Namespace) -> int:
    from web import supervisor

    return supervisor.run(settings, os.environ, demo=not parsed.no_demo)


def _serve(settings: Settings, parsed: argparse.Namespace) -> int:
    from web.children import count_together

    del parsed
    count_together(settings.daybook_var)
    from web import serving

    serving.serve(settings)
    return 0


def _worker(settings: Settings, parsed: argparse.Namespace) -> int:
    from web.children import count_together

    del parsed
    count_together(settings.daybook_var)
    from web import create_app, logs, metrics
    from web.serving import end_with_supervisor
    from web.wiring import build, database_of, mailer_of
    from web.worker import loops

    logs.install()
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    end_with_supervisor()
    with build(settings, database_of(settings)) as service:
        started = loops(service, create_app(service), mailer_of(settings), stop)
        server = metrics.serve(service)
        for loop in started:
            loop.start()
        stop.wait()
        for loop in started:
            loop.join(timeout=10)
        if server is not None:
            server.shutdown()
    return 0


def _migrate(settings: Settings, parsed: argparse.Namespace) -> int:
    from web.database import migrate
    from web.erasing import repeat_after_restore
    from web.operators import database_for

    del parsed
    with database_for(settings) as database:
        done = migrate(database.owner)
        if count := repeat_after_restore(settings, database):
            done.append(f"{count:,} accounts erased again")
    for line in done or ["nothing to do"]:
        print(line)  # noqa: T201 - a command speaks
    return 0


if __name__ == "__main__":
    sys.exit(main())
