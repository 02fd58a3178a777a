"""Both stand-ins in one process: `python -m web.stand_in`, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, make_server

from web.stand_in.mailbox import MailSink, create_mailbox
from web.stand_in.payments import LiveKeyPresent, create_payments, webhooks_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line, read; exits with a message where it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m web.stand_in", description=__doc__)
    parser.add_argument("--payments-port", type=int, default=0)
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--webhook-url", required=True)
    parser.add_argument("--webhook-secret", required=True)
    parser.add_argument("--state-folder", type=Path, required=True)
    parser.add_argument("--print-ports", action="store_true")
    return parser.parse_args(given)


def both(payments: WSGIApplication, mailbox: WSGIApplication) -> WSGIApplication:
    """One app of two: what begins with `/mail` is the mailbox's."""

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        mail = environ["PATH_INFO"].startswith("/mail")
        return (mailbox if mail else payments)(environ, start)

    return app


def main(given: list[str] | None = None) -> int:
    """Serve until told to stop; the exit code."""
    options = arguments(given)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server(HOST, options.payments_port, _not_ready, threaded=True)
    base_url = f"http://localhost:{server.port}"
    try:
        payments = create_payments(
            webhook_url=options.webhook_url,
            webhook_secret=options.webhook_secret,
            base_url=base_url,
            state_file=options.state_folder / "payments.jsonl",
        )
    except LiveKeyPresent as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    mails = options.state_folder / "mails"
    sink = MailSink(mails)
    sink.start(HOST, options.smtp_port)
    server.app = both(payments, create_mailbox(mails))
    if options.print_ports:
        _say_ready(server, sink, base_url)
    try:
        _serve_until_stopped(server)
    finally:
        sink.stop()
        webhooks_of(payments).stop()
    return 0


def _say_ready(server: BaseWSGIServer, sink: MailSink, base_url: str) -> None:
    ready = {
        "payments_port": server.port,
        "smtp_port": sink.port,
        "payments_url": base_url,
        "mailbox_url": f"{base_url}/mail",
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


def _serve_until_stopped(server: BaseWSGIServer) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serving = threading.Thread(target=server.serve_forever, name="http", daemon=True)
    serving.start()
    stop.wait()
    server.shutdown()
    serving.join()
    server.server_close()


def _not_ready(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("503 Service Unavailable", [])
    return []


if __name__ == "__main__":
    sys.exit(main())
