"""Marked secrets are driven through the service, then looked for wherever text is."""

from __future__ import annotations

import base64
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from html import escape
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest
from prometheus_client import generate_latest
from psycopg import sql

from commands.exported_data import events_of
from ledger.accounts import Account
from ledger.aggregate import SYSTEM
from ledger.credentials import Credentials
from ledger.email_addresses import EmailAddress, email_address_id
from ledger.factors import credentials_id
from tests.conftest import Cluster
from tests.web.askers import OWN
from tests.web.browsing import Browser, hidden
from tests.web.canaries import NEXT_PASSWORD, PASSWORD, Life, lived
from tests.web.service import BASE, Clock, service_on
from web import create_app
from web.access import buckets
from web.database import Database
from web.logs import JsonLines

SHOWN = {
    "device token": {"api_devices.sign_in"},
    "enrolment": {"security.confirm_code", "security.two_factor"},
    "half a sign-in": {"sessions.sign_in_post"},
    "invitation": {"staff_doors.join"},
    "key secret": {"api_keys.create"},
    "key secret after": {"api_keys.rotate"},
    "link of the new address": {"email_address.link"},
    "link of the old address": set[str](),
    "link that keeps two-factor": {"resets.keep_two_factor"},
    "mistyped password": set[str](),
    "panel link": {"api_devices.open_panel", "sessions.enter"},
    "passkey challenge": {"security.passkey"},
    "passkey enrolment": {"security.passkey"},
    "password": set[str](),
    "receipt address link": {"email_address.receipt_link"},
    "recovery code": {"security.confirm_code"},
    "reset link": {"resets.reset", "resets.show"},
    "seed": {"security.confirm_code", "security.two_factor"},
    "session by panel link": {"sessions.enter_post"},
    "session by recovery code": {"sessions.second_factor_post"},
    "session of the sign-up": {"accounts.verify_post"},
    "session that was elevated": {"api_keys.create"},
    "sign-up link": {"accounts.verify"},
    "signing key": set[str](),
    "staff code": {"staff_doors.join_post"},
    "staff password": set[str](),
    "staff seed": {"staff_doors.join"},
    "staff session": {"staff_doors.code_post"},
    "undo link": {"email_address.link"},
}
"""Which answers show a secret: those that hand it out, and the page of the link."""
MAILED = {name for name in SHOWN if "link" in name} - {
    "panel link", "session by panel link",
} | {"invitation"}  # fmt: skip
COOKIES = {name for name in SHOWN if name.startswith(("session", "staff session"))}
NUMBER = re.compile(r" \d+$")


@pytest.fixture(scope="module")
def logged() -> Iterator[io.StringIO]:
    """All that anybody logs, as it would be written."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> Database:
    return cluster.new_database()


@pytest.fixture(scope="module")
def life(database: Database, logged: io.StringIO) -> Iterator[Life]:
    clock = Clock()
    with service_on(database, clock) as service:
        app = create_app(service)
        buckets(app).clear()
        yield lived(service, app, clock)


def needles(secret: str) -> set[bytes]:
    """The secret in every form in which it may be written somewhere."""
    text = secret.rpartition(".")[2]
    forms = [text.encode(), text.replace("-", "").encode()]
    if re.fullmatch(r"[\w-]{43}", text):
        forms.append(base64.urlsafe_b64decode(text + "="))
    if re.fullmatch("[A-Z2-7]{32}", text):
        forms.append(base64.b32decode(text))
    groups = " ".join(text[n : n + 4] for n in range(0, len(text), 4))
    written = (quote(text), quote(text, safe=""), escape(text), groups)
    forms += [one.encode() for one in (*written, repr(text)[1:-1])]
    found = set(forms)
    for form in forms:
        found |= {form.hex().encode(), form.hex().upper().encode()}
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(form).rstrip(b"="))
    return found


def told_in(data: bytes, secrets: dict[str, str]) -> set[str]:
    """The secrets that something tells."""
    return {
        NUMBER.sub("", name)
        for name, secret in secrets.items()
        if any(needle in data for needle in needles(secret))
    }


@pytest.mark.parametrize("encode", [str, quote, escape, repr], ids=lambda e: e.__name__)
def test_a_secret_is_found_in_whatever_form_it_stands(life: Life, encode: type) -> None:
    for name, secret in life.secrets.items():
        text = f"before {encode(secret)} after".encode()
        for data in (text, text.hex().encode()):
            assert NUMBER.sub("", name) in told_in(data, life.secrets)


def test_an_answer_tells_only_the_secret_that_it_hands_out(life: Life) -> None:
    shown: dict[str, set[str]] = {name: set() for name in SHOWN}
    for answer in life.answers:
        for name in told_in(answer.headers.encode() + answer.body, life.secrets):
            shown[name].add(answer.endpoint)
    assert shown == SHOWN


def test_the_token_of_a_session_stands_in_its_cookie_and_in_no_text(life: Life) -> None:
    bodies = b"".join(answer.body for answer in life.answers)
    assert told_in(bodies, life.secrets).isdisjoint(COOKIES | {"half a sign-in"})


def test_what_is_shown_once_is_shown_in_one_answer(life: Life) -> None:
    for name in ("key secret", "recovery code 0", "staff code 0", "device token"):
        secret = {name: life.secrets[name]}
        telling = [one for one in life.answers if told_in(one.body, secret)]
        assert len(telling) == 1, name


def test_no_table_holds_a_secret_that_anybody_could_read(
    life: Life, database: Database
) -> None:
    with psycopg.connect(database.owner) as connection:
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (name,) in names:
            query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))
            rows = connection.execute(query).fetchall()
            data = "\n".join(row for (row,) in rows).encode()
            assert told_in(data, life.secrets) == set(), name
    assert len(names) > 30


def accounts(life: Life) -> set[UUID]:
    with life.service.connections.for_account(SYSTEM) as connection:
        rows = connection.execute("SELECT DISTINCT account_id FROM journal").fetchall()
    return {row[0] for row in rows}


def test_no_fact_tells_a_secret_even_with_what_is_personal_opened(life: Life) -> None:
    told = [repr(list(events_of(life.service.journal, one))) for one in accounts(life)]
    assert told_in("".join(told).encode(), life.secrets) == set()
    assert "credentials.FactorAdded" in "".join(told)
    assert life.email in "".join(told)


def test_no_state_that_a_snapshot_would_keep_holds_a_secret(life: Life) -> None:
    journal, (ann,) = life.service.journal, accounts(life) & customers(life)
    kinds = ((Account, ann), (Credentials, credentials_id(ann)))
    for kind, stream_id in (*kinds, (EmailAddress, email_address_id(ann))):
        aggregate = journal.fresh(kind, stream_id)
        journal.kept.keep(aggregate)
        state = repr(vars(aggregate)).encode()
        assert told_in(state, life.secrets) == set()
    with life.service.connections.for_account(ann) as connection:
        row = connection.execute("SELECT count(*) FROM snapshots").fetchone()
    assert row == (3,)


def customers(life: Life) -> set[UUID]:
    with life.service.connections.for_account(SYSTEM) as connection:
        rows = connection.execute("SELECT account_id FROM claims WHERE kind = 'email'")
        return {row[0] for row in rows.fetchall()}


def test_a_mail_carries_its_own_link_and_no_other_secret(life: Life) -> None:
    carried = [
        told_in(f"{mail.subject}\n{mail.text}\n{mail.html}".encode(), life.secrets)
        for mail in life.mails
    ]
    assert set().union(*carried) == MAILED
    assert max(len(names) for names in carried) == 1


def test_what_was_sent_is_no_longer_in_the_outbox(life: Life) -> None:
    with life.service.connections.for_account(SYSTEM) as connection:
        rows = connection.execute("SELECT sealed, sent_at FROM mail_outbox").fetchall()
    assert len(rows) == len(life.mails)
    assert all(bytes(sealed) == b"" and sent_at for sealed, sent_at in rows)


def test_no_export_holds_a_secret(life: Life) -> None:
    zips = [one.body for one in life.answers if one.endpoint == "closing.data"]
    for data in zips:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                assert told_in(archive.read(name), life.secrets) == set()
            assert b"credentials.FactorAdded" in archive.read("data.json")
    assert len(zips) == 2


def test_no_figure_of_the_metrics_names_a_secret(life: Life) -> None:
    figures = generate_latest()
    assert b"daybook_requests_total" in figures
    assert told_in(figures, life.secrets) == set()


def test_an_error_within_tells_no_secret_in_page_or_log(
    life: Life, database: Database, logged: io.StringIO
) -> None:
    browser = Browser(life.app)
    form = hidden(browser.get("/sign-in").text) | {"email": life.email}
    renamed = "ALTER TABLE {} RENAME TO {}"
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute(renamed.format("challenges", "elsewhere").encode())
        try:
            data = form | {"password": PASSWORD}
            answer = browser.client.post(
                "/sign-in", data=data, base_url=BASE, headers=OWN
            )
        finally:
            owner.execute(renamed.format("elsewhere", "challenges").encode())
    assert answer.status_code == 500
    assert told_in(answer.data, life.secrets) == set()
    assert "UndefinedTable" in logged.getvalue()


def test_no_line_of_the_log_tells_a_secret_or_an_address(
    life: Life, logged: io.StringIO
) -> None:
    lines = logged.getvalue()
    assert lines.count('"what": "request"') > 90
    assert told_in(lines.encode(), life.secrets) == set()
    assert life.email not in lines
    assert NEXT_PASSWORD not in lines
