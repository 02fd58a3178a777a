"""A domain's DNS records mailed to its IT person, who can refuse to get any more.

Whoever gets such a mail has no account and asked for nothing. So the text is fixed, an
account may send few of them, and the link in each keeps all further ones away, whoever
asks for them. His address is sealed in the outbox until it is sent; what is kept of it
after a refusal is an HMAC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands import limiter
from commands.domains import known
from commands.gateways import tokens
from commands.letters import letter
from commands.owners import owner
from ledger.addresses import address_from
from ledger.aggregate import SYSTEM
from ledger.it_letters import ItLetters, it_letters_id
from ledger.journal import Context, Journal, Recorded, handler
from ledger.refusals import LetterUnwanted

ADDRESSES = "it-letter-addresses"
"""What the key is for that a recipient is known again by."""
LINKS = "it-letter-links"
LINK = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{40})")
REFUSED_SQL = "SELECT 1 FROM it_letter_refusals WHERE digest = %s"
REFUSE_SQL = (
    "INSERT INTO it_letter_refusals (digest, digest_key_id, refused_at)"
    " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, kw_only=True)
class MailSheet:
    """Mail the records of a domain to this address, in this language."""

    account_id: UUID
    domain_id: UUID
    email: str
    language: str


def mail_sheet(journal: Journal, command: MailSheet, context: Context) -> Recorded:
    """Record the letter and put it into the outbox.

    Raises UndeliverableAddress, NoSuchAccount, AccountClosed, NoSuchDomain,
    TooManyAttempts, LetterUnwanted, in this order.
    """
    address = address_from(command.email)
    account = owner(journal, command.account_id)
    known(journal, account.id, command.domain_id)
    limiter.require(journal, context.now, ("mail_target", address.canonical))
    if _is_refused(journal, address.canonical):
        raise LetterUnwanted
    tidy = MailSheet(
        account_id=account.id,
        domain_id=command.domain_id,
        email=address.shown,
        language=command.language,
    )
    return record_letter(journal, tidy, context)


@handler
def record_letter(journal: Journal, command: MailSheet, context: Context) -> Recorded:
    """Record that a domain's records were mailed, with the mail. As `mail_sheet`."""
    account = owner(journal, command.account_id, journal.load)
    known(journal, account.id, command.domain_id)
    letters = letters_of(journal, account.id, journal.load)
    letter_id = context.new_id("letter")
    letters.send(letter_id, command.domain_id, context.now)
    row = letter(
        journal,
        account.id,
        letter_id,
        "it_letter",
        command.language,
        command.email,
        context.now,
        domain_id=command.domain_id,
        asker=account.email or "",
        refuse_token=refusal_token(journal, address_from(command.email).canonical),
    )
    return journal.record(letters, context=context, inserts={"mail_outbox": [row]})


def letters_of(
    journal: Journal,
    account_id: UUID,
    load: Callable[[type[ItLetters], UUID], ItLetters] | None = None,
) -> ItLetters:
    """Return the account's letters, begun if they were not before."""
    try:
        return (load or journal.fresh)(ItLetters, it_letters_id(account_id))
    except KeyError:
        return ItLetters.begin(account_id)


def refusal_token(journal: Journal, canonical: str) -> str:
    """Return what the link of a letter says; it stays good, and tells no address."""
    digest = journal.vault.digest(ADDRESSES, canonical.encode()).data
    return f"{digest.hex()}.{_signature(journal, digest).hex()}"


def refuser_of(journal: Journal, token: str) -> bytes | None:
    """Return the digest of whoever got this link, or None for any other text."""
    parts = LINK.fullmatch(token)
    if parts is None:
        return None
    digest = bytes.fromhex(parts[1])
    signature = _signature(journal, digest)
    return digest if tokens.same(signature, bytes.fromhex(parts[2])) else None


def refuse_letters(journal: Journal, token: str, now: datetime) -> bool:
    """Keep all further letters away from whoever got this link; False for no link."""
    digest = refuser_of(journal, token)
    if digest is None:
        return False
    key_id = journal.vault.digest(ADDRESSES, b"").key_id
    with journal.connections.for_account(SYSTEM) as connection:
        connection.execute(REFUSE_SQL, (digest, key_id, now))
    return True


def _is_refused(journal: Journal, canonical: str) -> bool:
    digest = journal.vault.digest(ADDRESSES, canonical.encode()).data
    with journal.connections.for_account(SYSTEM) as connection:
        return connection.execute(REFUSED_SQL, (digest,)).fetchone() is not None


def _signature(journal: Journal, digest: bytes) -> bytes:
    return journal.vault.digest(LINKS, digest).data[:20]
