"""Every statement about credits keeps to one account and one generation."""

from __future__ import annotations

import re

import pytest

from projections import credit_statements
from projections.credits import CreditsView

STATEMENTS = {
    name: sql
    for name, sql in vars(credit_statements).items()
    if name.isupper() and re.match(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE)", sql)
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_names_account_and_generation(name: str) -> None:
    sql = STATEMENTS[name]
    assert "%(account)s" in sql
    assert "%(generation)s" in sql


def test_no_statement_reads_or_writes_tables_of_another_view() -> None:
    named = set(re.findall(r"\bcredit_[a-z]+\b", "".join(STATEMENTS.values())))
    assert named == set(CreditsView.tables)
    others = "journal|purchase_history|receipt_list|session_list|account_profiles"
    assert not re.search(others, "".join(STATEMENTS.values()))
