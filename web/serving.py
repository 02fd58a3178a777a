"""The web process: granian over the panel, ended when its supervisor ends."""

from __future__ import annotations

import os
import signal
import threading
import time

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from web import create_app, logs, metrics
from web.settings import Settings, settings_from
from web.wiring import build, database_of

GRACE_SECONDS = 10
PARENT_SECONDS = 0.25


def application() -> Flask:
    """Return the app of one web process, its service opened from the environment."""
    logs.install()
    _end_with_parent()
    settings = settings_from(os.environ)
    service = build(settings, database_of(settings))
    service.__enter__()
    app = create_app(service)
    if not _is_supervised():
        metrics.serve(service)
    return app


def _is_supervised() -> bool:
    return os.environ.get("DAYBOOK_SUPERVISED") == "1"


def serve(settings: Settings) -> None:
    """Serve until told to stop; requests in flight are finished."""
    end_with_supervisor()
    Granian(
        "web.serving:application",
        factory=True,
        address=settings.daybook_host,
        port=settings.daybook_port,
        interface=Interfaces.WSGI,
        workers=settings.daybook_web_processes,
        blocking_threads=settings.daybook_web_threads,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=GRACE_SECONDS,
    ).serve()


def _end_with_parent() -> None:
    """End a web process whose parent was killed: nobody else would ever stop it."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def end_with_supervisor() -> None:
    """End this process when the supervisor that holds our input is gone."""
    if not _is_supervised():
        return

    def watch() -> None:
        # Not sys.stdin, whose lock would then be held when the interpreter ends.
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="supervised", daemon=True).start()
