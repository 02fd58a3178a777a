"""Both stand-ins in one process: `python -m web.stand_in`, until SIGTERM or SIGINT.

Once everything listens, one line of JSON on standard output says where.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from web.stand_in.mailbox import MailSink, create_mailbox
from web.stand_in.payments import (
    LiveKeyPresent,
    create_payments,
    refuse_live_keys,
    webhooks_of,
)

HOST = "127.0.0.1"


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line, read; exits with a message where it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m web.stand_in", description=__doc__)
    for port in ("--payments-port", "--mailbox-port", "--smtp-port"):
        parser.add_argument(port, type=int, default=0, help="0 takes a free one")
    parser.add_argument("--webhook-url", required=True)
    parser.add_argument("--webhook-secret", required=True)
    parser.add_argument("--state-folder", type=Path, required=True)
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Serve until told to stop; the exit code."""
    options = arguments(given)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        refuse_live_keys(os.environ)
        with ExitStack() as stack:
            ready = _start(options, stack)
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
            _watch_parent(stop)
            stop.wait()
    except (LiveKeyPresent, OSError) as fault:
        sys.stderr.write(f"the stand-ins did not start: {fault}\n")
        return 2
    return 0


def _start(options: argparse.Namespace, stack: ExitStack) -> dict[str, object]:
    folder: Path = options.state_folder
    sink = MailSink(folder / "mails")
    sink.start(HOST, options.smtp_port)
    stack.callback(sink.stop)
    mailbox = _bound(options.mailbox_port)
    mailbox.app = create_mailbox(folder / "mails")
    stack.enter_context(_serving(mailbox))
    payments = _bound(options.payments_port)
    payments.app = create_payments(
        webhook_url=options.webhook_url,
        webhook_secret=options.webhook_secret,
        base_url=f"http://{HOST}:{payments.port}",
        state_file=folder / "payments.jsonl",
    )
    stack.callback(webhooks_of(payments.app).stop)
    stack.enter_context(_serving(payments))
    return {
        "payments_url": f"http://{HOST}:{payments.port}",
        "payments_port": payments.port,
        "mailbox_url": f"http://{HOST}:{mailbox.port}/mail",
        "mailbox_port": mailbox.port,
        "smtp_port": sink.port,
    }


def _bound(port: int) -> BaseWSGIServer:
    """A server that has its port, before the app that must know it is made."""
    return make_server(HOST, port, Flask(__name__), threaded=True)


@contextmanager
def _serving(server: BaseWSGIServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, name="http", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _watch_parent(stop: threading.Event) -> None:
    """Stop as well when the supervisor that holds our input is gone."""
    if os.environ.get("DAYBOOK_SUPERVISED") != "1":
        return

    def watch() -> None:
        # Not sys.stdin, whose lock would then be held when the interpreter ends.
        while os.read(0, 1024):
            pass
        stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
