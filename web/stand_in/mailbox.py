"""An SMTP server on loopback that takes every mail, and pages that show them."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, Response, jsonify, render_template, request, send_file

from web.stand_in import words
from web.stand_in.letters import Letter, Letters
from web.stand_in.payments import LOOPBACK, add_assets, guard_host

MAIL_BYTES_MAX = 32 * 1024 * 1024
START_SECONDS_MAX = 10.0
HTML_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'"
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class MailSink:
    """Takes mails over SMTP, whoever they are for, and keeps them in a folder."""

    def __init__(self, folder: Path) -> None:
        self._letters = Letters(folder)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="mail-sink", daemon=True
        )
        self._server: asyncio.Server | None = None

    def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 is a free one. Raises OSError, and ValueError off loopback."""
        if host not in LOOPBACK:
            raise ValueError(f"{host} is not loopback")
        self._thread.start()
        listen = self._listen(host, port)
        listening = asyncio.run_coroutine_threadsafe(listen, self._loop)
        try:
            self._server = listening.result(START_SECONDS_MAX)
        except OSError:
            self.stop()
            raise

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Stop listening; mails already taken stay in the folder."""
        if self._thread.is_alive():
            closing = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
            closing.result(START_SECONDS_MAX)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(START_SECONDS_MAX)
        self._loop.close()

    async def handle_DATA(  # noqa: N802 - the name is the SMTP library's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        recipients = [str(one) for one in envelope.rcpt_tos]
        sender = envelope.mail_from or ""
        await asyncio.to_thread(self._letters.add, content, sender, recipients)
        return "250 Taken"

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        def line() -> SMTP:
            return SMTP(
                self,
                hostname="localhost",
                data_size_limit=MAIL_BYTES_MAX,
                enable_SMTPUTF8=True,
                loop=self._loop,
            )

        return await self._loop.create_server(line, host, port)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        ours = asyncio.current_task()
        for task in asyncio.all_tasks():
            if task is not ours:
                task.cancel()
        await asyncio.sleep(0)


def create_mailbox(folder: Path) -> Flask:
    """The mails in the folder as pages under `/mail` and as JSON at `/mail.json`."""
    app = Flask(__name__, static_folder=None)
    letters = Letters(folder)
    for rule, view in (
        ("/mail", _list),
        ("/mail.json", _json),
        ("/mail/<id>", _show),
        ("/mail/<id>/html", _html),
        ("/mail/<id>/files/<int:number>", _file),
    ):
        app.add_url_rule(rule, view.__name__, partial(view, letters))
    add_assets(app)
    guard_host(app, "http://localhost")
    return app


def _list(letters: Letters) -> Response:
    return _page("mails.html", letters=letters.newest_first())


def _show(letters: Letters, id: str) -> Response:
    letter = letters.get(id)
    if letter is None:
        return _page("mail-gone.html", status=404)
    return _page("mail.html", letter=letter)


def _html(letters: Letters, id: str) -> Response:
    letter = letters.get(id)
    if letter is None or letter.html is None:
        return _page("mail-gone.html", status=404)
    answer = Response(letter.html, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = HTML_POLICY
    return answer


def _file(letters: Letters, id: str, number: int) -> Response:
    letter = letters.get(id)
    if letter is None or number >= len(letter.attachments):
        return _page("mail-gone.html", status=404)
    one = letter.attachments[number]
    return send_file(
        BytesIO(one.content),
        mimetype=one.content_type,
        as_attachment=True,
        download_name=one.name,
    )


def _json(letters: Letters) -> Response:
    wanted = request.args.get("to", "").lower()
    found = [
        _described(one)
        for one in letters.newest_first()
        if not wanted or wanted in [to.lower() for to in one.recipients]
    ]
    return jsonify(mails=found)


def _described(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "received_at": letter.received_at.isoformat(),
        "from": letter.sender,
        "to": list(letter.recipients),
        "subject": letter.subject,
        "message_id": letter.message_id,
        "text": letter.text,
        "html": letter.html,
        "headers": [list(pair) for pair in letter.headers],
        "attachments": [
            {
                "name": one.name,
                "content_type": one.content_type,
                "size_bytes": len(one.content),
                "url": f"/mail/{letter.id}/files/{number}",
            }
            for number, one in enumerate(letter.attachments)
        ],
    }


def _page(template: str, *, status: int = 200, **values: object) -> Response:
    language = words.spoken(request.accept_languages.values())
    word = partial(words.word, language=language)
    page = render_template(template, language=language, word=word, **values)
    answer = Response(page, status, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = PAGE_POLICY
    return answer
