"""A view that only tests know: how many beans an account has in its jars."""

from __future__ import annotations

from functools import singledispatchmethod
from uuid import UUID

from ledger.aggregate import Aggregate
from ledger.journal import Connections, Fact, Vault
from ledger.journal.rows import Rows
from projections.view import View, surprise
from tests.jars import Jar

TABLE = """
CREATE TABLE IF NOT EXISTS jar_beans (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    beans bigint NOT NULL CHECK (beans >= 0),
    facts bigint NOT NULL,
    CONSTRAINT jar_beans_one PRIMARY KEY (account_id, generation));
GRANT SELECT, INSERT, UPDATE, DELETE ON jar_beans TO daybook_service;
DO $$ BEGIN
    IF NOT (SELECT relrowsecurity FROM pg_class WHERE oid = 'jar_beans'::regclass) THEN
        CALL keep_accounts_apart('jar_beans');
    END IF;
END $$;
GRANT SELECT ON jar_beans TO daybook_reader"""
LABEL = """
INSERT INTO jar_beans VALUES (%(account)s, %(generation)s, 0, 1)"""
FILL = """
UPDATE jar_beans SET beans = beans + %(beans)s, facts = facts + 1
WHERE account_id = %(account)s AND generation = %(generation)s"""
BEANS = (
    "SELECT coalesce(max(beans), -1) FROM jar_beans"
    " WHERE account_id = %(account)s AND generation = %(generation)s"
)


class JarsView(View):
    """Refuses to understand jars that get `unlucky` beans at once."""

    name = "jars"
    nouns = frozenset({"test_jars"})
    tables = ("jar_beans",)

    def __init__(self, connections: Connections, vault: Vault) -> None:
        super().__init__(connections, vault)
        self.unlucky: int | None = None

    def beans(self, account_id: UUID) -> int:
        """Return the beans of an account, -1 when it has no jar."""
        with self.reading(account_id) as reading:
            return reading.figure(BEANS)

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: Jar.Labelled, fact: Fact, rows: Rows) -> None:
        rows.write(LABEL, fact)

    @post.register
    def _(self, event: Jar.Filled, fact: Fact, rows: Rows) -> None:
        if event.beans == self.unlucky:
            raise ValueError("an unlucky number")
        rows.write(FILL, fact, beans=event.beans)
