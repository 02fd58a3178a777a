"""All of a customer's data as a ZIP, made while it is sent."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Any, cast
from uuid import UUID

import msgspec

from commands.exported_data import FORMAT, Lists, data_chunks, picture_path
from commands.owners import profile_of
from commands.profiles import picture_bytes, picture_name
from commands.receipts import receipt_bytes, receipt_of
from ledger.accounts import Account
from ledger.journal import Journal
from ledger.refusals import NoSuchAccount, NoSuchReceipt

WHY_WITHHELD = "erased"
RECEIPTS_SQL = (
    "SELECT stream_id FROM journal WHERE account_id = %s AND topic = 'receipts.Issued'"
    " ORDER BY position"
)


class _Sink:
    """Where the ZIP is written: nothing can be sought, nothing stays."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: whoever takes has it."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class _Archive:
    """A ZIP that grows entry by entry, and remembers what its manifest says."""

    def __init__(self, now: datetime) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._sink), "w")
        self._now = now
        self.files: list[dict[str, Any]] = []
        self.withheld: list[dict[str, Any]] = []

    def entry(
        self, path: str, chunks: Iterable[bytes], *, packed: bool
    ) -> Iterator[bytes]:
        """Yield the bytes of one entry as they become known."""
        digest, count = hashlib.sha256(), 0
        info = zipfile.ZipInfo(path, self._now.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                count += len(chunk)
                if data := self._sink.take():
                    yield data
        self.files.append({"path": path, "bytes": count, "sha256": digest.hexdigest()})
        yield self._sink.take()

    def end(self) -> bytes:
        """Return the directory that ends the ZIP."""
        self._zip.close()
        return self._sink.take()


def account_archive(
    journal: Journal, account_id: UUID, now: datetime, lists: Lists
) -> Iterator[bytes]:
    """Yield a ZIP of data.json, pictures, receipts and manifest.json, piece by piece.

    `lists` are further lists for data.json by their names. What was erased is named
    in the manifest as withheld. Raises NoSuchAccount, at once.
    """
    try:
        account = journal.fresh(Account, account_id)
    except KeyError:
        raise NoSuchAccount(account_id=account_id) from None
    return _pieces(journal, account, now, lists)


def _pieces(
    journal: Journal, account: Account, now: datetime, lists: Lists
) -> Iterator[bytes]:
    archive = _Archive(now)
    data = data_chunks(journal, account, now, lists)
    yield from archive.entry("data.json", data, packed=True)
    for path, content in _documents(journal, account.id):
        if content is None:
            archive.withheld.append({"path": path, "why": WHY_WITHHELD})
        else:
            yield from archive.entry(path, [content], packed=False)
    manifest = {
        "format": FORMAT,
        "account_id": account.id,
        "exported_at": now,
        "files": archive.files,
        "withheld": archive.withheld,
    }
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    yield from archive.entry("manifest.json", [text], packed=True)
    yield archive.end()


def _documents(
    journal: Journal, account_id: UUID
) -> Iterator[tuple[str, bytes | None]]:
    """Yield path and bytes of picture and receipts; None for what was erased."""
    picture = profile_of(journal, account_id).picture
    if picture is not None:
        name = picture_name(journal, picture.picture_id)
        yield picture_path(picture.picture_id), picture_bytes(journal, name)
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(RECEIPTS_SQL, (account_id,)).fetchall()
    for (receipt_id,) in rows:
        receipt = receipt_of(journal, account_id, receipt_id)
        path = f"receipts/{receipt.number.replace('/', '-')}.pdf"
        try:
            yield path, receipt_bytes(journal, receipt)
        except NoSuchReceipt:
            yield path, None
