"""What the facts of a sending domain keep from others."""

from __future__ import annotations

from ledger import domain_facts
from ledger.journal.records import shape_of

TOPICS = {
    kind.TOPIC
    for name, kind in vars(domain_facts).items()
    if name[0].isupper() and getattr(kind, "TOPIC", "").startswith("domains.")
} - {"domains.Event"}


def test_the_name_is_told_once_and_sealed_with_the_persons_key() -> None:
    assert len(TOPICS) == 11
    personal = {topic: shape_of(topic).personal for topic in TOPICS}
    assert personal.pop("domains.Added") == ("name",)
    assert set(personal.values()) == {()}


def test_a_contest_tells_nobody_which_account_the_other_is() -> None:
    for topic in ("domains.Contested", "domains.ContestOpened", "domains.Transferred"):
        assert "account_id" not in shape_of(topic).open_type.__annotations__
