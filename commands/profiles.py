"""What an account shows of itself: picture and look-up; and the newsletter."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from uuid import UUID

from commands import limiter
from commands.credentials import holder_of
from commands.gateways.pictures import picture_from
from commands.owners import owner, profile_of
from ledger.addresses import address_from
from ledger.aggregate import SYSTEM
from ledger.journal import (
    OUTSIDE_BODY,
    Change,
    Context,
    Journal,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.refusals import AccountClosed

PICTURE = "picture"
NAMING = "picture-names"
UNSUBSCRIBING = "newsletter-links"


@dataclass(frozen=True, kw_only=True)
class ChangePicture:
    """Show this picture; `data` is the file as it was sent."""

    account_id: UUID
    data: bytes = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RecordPicture:
    """Keep a picture that was made anew."""

    account_id: UUID
    sha256: str
    data: bytes = field(metadata=OUTSIDE_BODY, repr=False)


@dataclass(frozen=True, kw_only=True)
class RemovePicture:
    """Show no picture."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class ChooseLookup:
    """Be found by whoever knows the exact address, or not."""

    account_id: UUID
    listed: bool


@dataclass(frozen=True, kw_only=True)
class ChooseNewsletter:
    """Get the newsletter, or get it no more; `how` is panel, link or one_click."""

    account_id: UUID
    subscribed: bool
    how: str = "panel"


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is shown of somebody to whoever knows his exact address."""

    account_id: UUID
    name: str | None
    picture: str | None


def change_picture(
    journal: Journal, command: ChangePicture, context: Context
) -> Recorded:
    """Keep a picture, made anew at 512 pixels without what a camera adds.

    Raises NoSuchAccount, AccountClosed, PictureRefused, PicturesBusy.
    """
    owner(journal, command.account_id)
    data = picture_from(command.data)
    record = RecordPicture(
        account_id=command.account_id,
        sha256=hashlib.sha256(data).hexdigest(),
        data=data,
    )
    return record_picture(journal, record, context)


@handler
def record_picture(
    journal: Journal, command: RecordPicture, context: Context
) -> Recorded:
    """Record a picture with its bytes, sealed, and its name; the old one goes."""
    account = owner(journal, command.account_id, journal.load)
    profile = profile_of(journal, account.id, journal.load)
    old, picture_id = profile.picture, context.new_id("picture")
    profile.change_picture(picture_id, command.sha256, len(command.data))
    if profile.picture is old:
        return journal.unchanged(profile)
    sealed = journal.vault.seal(
        account.id, "profile", command.data, _place(account.id, picture_id)
    )
    name = picture_name(journal, picture_id)
    return journal.record(
        profile,
        context=context,
        inserts={
            "pictures": [(account.id, picture_id, *sealed)],
            "directory": [(PICTURE, name, account.id, picture_id)],
        },
        changes=[] if old is None else [_gone(account.id, old.picture_id)],
    )


@handler
def remove_picture(
    journal: Journal, command: RemovePicture, context: Context
) -> Recorded:
    """Record that no picture is shown; its bytes are deleted."""
    account = owner(journal, command.account_id, journal.load)
    profile = profile_of(journal, account.id, journal.load)
    old = profile.picture
    if old is None:
        return journal.unchanged(profile)
    profile.remove_picture()
    gone = _gone(account.id, old.picture_id)
    return journal.record(profile, context=context, changes=[gone])


@handler
def choose_lookup(
    journal: Journal, command: ChooseLookup, context: Context
) -> Recorded:
    """Record whether the account can be looked up. Raises NoSuchAccount."""
    account = owner(journal, command.account_id, journal.load)
    profile = profile_of(journal, account.id, journal.load)
    if profile.listed == command.listed:
        return journal.unchanged(profile)
    profile.choose_lookup(command.listed)
    return journal.record(profile, context=context)


@handler
def choose_newsletter(
    journal: Journal, command: ChooseNewsletter, context: Context
) -> Recorded:
    """Record whether the newsletter is wanted. Raises NoSuchAccount."""
    account = owner(journal, command.account_id, journal.load)
    profile = profile_of(journal, account.id, journal.load)
    if profile.subscribed == command.subscribed:
        return journal.unchanged(profile)
    profile.choose_newsletter(command.subscribed, command.how)
    return journal.record(profile, context=context)


def look_up(
    journal: Journal, asker_id: UUID, email: str, context: Context
) -> Person | None:
    """Return who has exactly this address, or None, also for who does not want it.

    Raises UndeliverableAddress, TooManyAttempts.
    """
    canonical = address_from(email).canonical
    limiter.require(journal, context.now, ("lookup", str(asker_id)))
    account = holder_of(journal, canonical)
    if account is None or account.closed or not account.verified:
        return None
    profile = profile_of(journal, account.id)
    if not profile.listed:
        return None
    picture = profile.picture
    name = None if picture is None else picture_name(journal, picture.picture_id)
    return Person(account_id=account.id, name=account.name, picture=name)


def picture_name(journal: Journal, picture_id: UUID) -> str:
    """Return the name a picture is served under: nobody guesses it, none is kept."""
    digest = journal.vault.digest(NAMING, picture_id.bytes).data
    return base64.b32encode(digest[:20]).decode().lower()


def picture_bytes(journal: Journal, name: str) -> bytes | None:
    """Return a picture (WEBP) by its name; None once it was replaced or erased."""
    if not (name.isascii() and name.isalnum()):
        return None
    with journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            "SELECT p.account_id, p.picture_id, p.sealed, p.key_id FROM directory d"
            " JOIN pictures p ON p.account_id = d.account_id"
            " AND p.picture_id = d.stream_id WHERE d.kind = %s AND d.name = %s",
            (PICTURE, name),
        ).fetchone()
    if row is None:
        return None
    account_id, picture_id, sealed, key_id = row
    place = _place(account_id, picture_id)
    return journal.vault.open(account_id, key_id, bytes(sealed), place)


def unsubscribe_token(journal: Journal, account_id: UUID) -> str:
    """Return what the newsletter's link says; it stays good (RFC 8058)."""
    digest = journal.vault.digest(UNSUBSCRIBING, account_id.bytes).data
    return f"{account_id}.{base64.b32encode(digest[:20]).decode().lower()}"


def unsubscriber_of(journal: Journal, token: str) -> UUID | None:
    """Return whose link it is, or None for any other text."""
    try:
        account_id = UUID(token.partition(".")[0])
    except ValueError:
        return None
    known = unsubscribe_token(journal, account_id)
    if not token.isascii() or not hmac.compare_digest(known, token):
        return None
    try:
        return owner(journal, account_id).id
    except AccountClosed:
        return None


def _place(account_id: UUID, picture_id: UUID) -> bytes:
    return account_id.bytes + picture_id.bytes + PICTURE.encode()


def _gone(account_id: UUID, picture_id: UUID) -> Change:
    return Change(
        sql="DELETE FROM pictures WHERE account_id = %s AND picture_id = %s",
        params=(account_id, picture_id),
        refusal=VersionConflict(),
    )
