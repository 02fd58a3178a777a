"""What follows from a fact is done once, in order, and never lost."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from commands.consequences import all_reactions
from commands.outbox import purge_sent
from commands.reactions import Reaction, Reactions
from ledger.journal import Fact
from projections.rebuild import Rebuild
from tests.commands.people import mails_of
from tests.web.service import Clock, a_purchase, an_account, followed
from web.receipt_writer import write_receipt
from web.wiring import Service


def done(reactions: Reactions) -> None:
    while reactions.step():
        pass


def receipts(service: Service, account: UUID) -> int:
    with service.connections.for_account(account) as connection:
        row = connection.execute(
            "SELECT count(*) FROM journal"
            " WHERE account_id = %s AND topic = 'receipts.Issued'",
            (account,),
        ).fetchone()
    assert row is not None
    return int(row[0])


def real(service: Service, clock: Clock) -> Reactions:
    found = all_reactions(
        service.journal,
        clock,
        service.payments,
        service.seller,
        write_receipt,
        service.shop,
    )
    return Reactions(service.journal, service.reader, clock, found)


def test_a_payment_makes_one_receipt_and_one_mail_however_often_we_look(
    service: Service, clock: Clock
) -> None:
    account = an_account(service)
    a_purchase(service, account)
    done(real(service, clock))
    done(real(service, clock))
    assert receipts(service, account) == 1
    assert [m["template"] for m in mails_of(service.journal, account)] == ["receipt"]


def test_a_reaction_that_was_done_but_not_noted_changes_nothing_the_second_time(
    service: Service, clock: Clock
) -> None:
    account = an_account(service)
    a_purchase(service, account)
    done(real(service, clock))
    with service.connections.for_account(account) as connection:
        connection.execute("UPDATE reaction_positions SET position = 0")
    done(real(service, clock))
    assert receipts(service, account) == 1
    assert len(mails_of(service.journal, account)) == 1


def test_rebuilding_every_view_repeats_no_deed(service: Service, clock: Clock) -> None:
    account = an_account(service)
    a_purchase(service, account)
    followed(service)
    done(real(service, clock))
    for view in service.views.all.values():
        Rebuild(service.reader, view).run()
    assert real(service, clock).step() == 0
    assert receipts(service, account) == 1
    assert len(mails_of(service.journal, account)) == 1


def test_what_fails_waits_with_its_account_and_all_others_go_on(
    service: Service, clock: Clock
) -> None:
    guilty, innocent = an_account(service), an_account(service)
    seen: list[UUID] = []
    broken = [True]

    def react(fact: Fact) -> None:
        if fact.account_id == guilty and broken[0]:
            raise RuntimeError("no paper")
        seen.append(fact.account_id)

    paid = Reaction("print", "purchases.Paid", react)
    reactions = Reactions(service.journal, service.reader, clock, [paid])
    for account in (guilty, guilty, innocent):
        a_purchase(service, account)
    done(reactions)
    assert seen == [innocent]
    broken[0] = False
    done(reactions)
    assert seen == [innocent]
    clock.move(timedelta(seconds=3))
    done(reactions)
    assert seen == [innocent, guilty, guilty]


def test_sent_mails_are_dropped_after_a_month(service: Service, clock: Clock) -> None:
    account = an_account(service)
    a_purchase(service, account)
    done(real(service, clock))
    with service.connections.for_account(uuid4()) as connection:
        connection.execute("UPDATE mail_outbox SET sent_at = %s", (clock(),))
    purge_sent(service.journal, clock() + timedelta(days=29))
    assert len(mails_of(service.journal, account)) == 1
    purge_sent(service.journal, clock() + timedelta(days=31))
    assert mails_of(service.journal, account) == []
