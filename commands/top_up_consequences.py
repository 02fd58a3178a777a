"""What follows from automatic top-up's facts, and for it from others'."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from commands.checkouts import settle_checkout
from commands.gateways.processor import CheckoutItem, PaymentRefused, Payments
from commands.plans import require_account
from commands.purchases import OpenCheckout, open_checkout, purchase_of
from commands.reaction_mails import tell_holder
from commands.reactions import Reaction, reaction_context
from commands.top_up_charges import look, settle_charge
from commands.top_up_notes import ASK_AFTER, top_up_of
from commands.top_up_purchases import Shop
from ledger.credits import CreditBalance
from ledger.journal import Fact, Journal
from ledger.purchases import Purchase
from ledger.top_up_terms import CONFIRM_WITHIN
from ledger.top_ups import TopUp

Now = Callable[[], datetime]
SILENT = ("cancelled",)
"""Why it pauses without a mail: its holder has just done it himself."""


class TopUpConsequences:
    """The deeds, each repeated safely."""

    def __init__(
        self, journal: Journal, clock: Now, payments: Payments, shop: Shop
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._payments = payments
        self._shop = shop

    def when_threshold_crossed_buy(self, fact: Fact) -> None:
        assert isinstance(fact.event, CreditBalance.ThresholdCrossed)
        if fact.event.watcher == "top_up":
            self.look(fact)

    def look(self, fact: Fact) -> None:
        """Buy, where something is to be bought; the fact's id makes it once."""
        context = reaction_context(fact, "top_up", self._clock())
        look(self._journal, self._payments, self._shop, fact.account_id, context)

    def when_card_saved(self, fact: Fact) -> None:
        assert isinstance(fact.event, TopUp.CardSaved)
        if fact.event.replaced is not None:
            self._payments.forget_card(fact.event.replaced)
        self.look(fact)

    def when_card_removed_forget_it(self, fact: Fact) -> None:
        assert isinstance(fact.event, TopUp.CardRemoved)
        self._payments.forget_card(fact.event.payment_method_id)

    def when_given_up_close_charge(self, fact: Fact) -> None:
        assert isinstance(fact.event, TopUp.GivenUp)
        it = self._journal.fresh(TopUp, fact.stream_id, upto=fact.version).given_up
        if it is not None and it.payment_intent_id is not None:
            self._close(fact, it.payment_intent_id)

    def when_handed_over_lead_to_page(self, fact: Fact) -> None:
        """Have the saved card pay no more, then mail a page where its holder can."""
        assert isinstance(fact.event, TopUp.HandedOver)
        then = self._journal.fresh(TopUp, fact.stream_id, upto=fact.version)
        purchase_id = fact.event.purchase_id
        if then.open is not None and then.open.payment_intent_id is not None:
            self._close(fact, then.open.payment_intent_id)
        purchase = purchase_of(self._journal, fact.account_id, purchase_id)
        if fact.event.why != "authentication" or not self._is_payable(fact, purchase):
            return
        url, until = self._page(fact, purchase)
        tell_holder(
            self._journal,
            fact,
            "top_up_confirm",
            self._clock(),
            amount_minor=purchase.total.minor,
            currency=purchase.currency,
            page=url,
            until=until,
        )

    def when_charge_failed_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, TopUp.ChargeFailed)
        again = fact.event.next_attempt_at
        if again is not None:
            self._tell(fact, "top_up_declined", next_attempt_at=again)

    def when_paused_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, TopUp.Paused)
        if fact.event.why not in SILENT:
            why, total_minor = fact.event.why, fact.event.total_minor
            self._tell(fact, "top_up_paused", why=why, total_minor=total_minor)

    def when_cap_reached_tell_holder(self, fact: Fact) -> None:
        assert isinstance(fact.event, TopUp.CapReached)
        cap, spent = fact.event.cap_minor, fact.event.spent_minor
        self._tell(fact, "top_up_capped", cap_minor=cap, spent_minor=spent)

    def _close(self, fact: Fact, payment_intent_id: str) -> None:
        """Let the payment never be made; one that was is settled.

        Raises PaymentRefused while the bank is asked.
        """
        state = self._payments.close_charge(payment_intent_id)
        if state.status == "paid":
            named = (fact.account_id, state.id, self._clock())
            settle_charge(self._journal, self._payments, *named)
        elif state.status != "closed":
            raise PaymentRefused("The payment is under way", state.status)

    def _is_payable(self, fact: Fact, purchase: Purchase) -> bool:
        """Whether it waits for payment; a page that was open is closed before."""
        id = purchase.checkout_id
        if purchase.status != "open" or id is None:
            return purchase.status == "open"
        if not self._payments.expire_checkout(id).paid:
            return True
        named = (fact.account_id, purchase.id, id, self._clock())
        settle_checkout(self._journal, self._payments, *named)
        return False

    def _page(self, fact: Fact, purchase: Purchase) -> tuple[str, datetime]:
        account = require_account(self._journal, fact.account_id, closed_too=True)
        now, shop = self._clock(), self._shop
        minute = now.replace(second=0, microsecond=0)
        opened = self._payments.create_checkout(
            purchase_id=purchase.id,
            account_id=account.id,
            customer=top_up_of(self._journal, account.id).customer_id,
            customer_email=account.email or "",
            items=_lines(purchase),
            currency=purchase.currency,
            success_url=shop.success_url.format(purchase_id=purchase.id),
            cancel_url=shop.cancel_url.format(purchase_id=purchase.id),
            locale=purchase.language,
            expires_at=minute + CONFIRM_WITHIN,
            idempotency_key=f"top-up:{fact.event_id}:{minute.isoformat()}",
        )
        command = OpenCheckout(
            account_id=account.id,
            purchase_id=purchase.id,
            checkout_id=opened.id,
            expires_at=opened.expires_at,
            ask_after=ASK_AFTER,
        )
        context = reaction_context(fact, f"confirm_top_up:{opened.id}", now)
        open_checkout(self._journal, command, context)
        return opened.url, opened.expires_at

    def _tell(self, fact: Fact, template: str, **values: object) -> None:
        terms = self._journal.fresh(TopUp, fact.stream_id).terms
        assert terms is not None
        named = {"pack": terms["credits"], "currency": terms["currency"], **values}
        tell_holder(self._journal, fact, template, self._clock(), **named)


def _lines(purchase: Purchase) -> list[CheckoutItem]:
    return [
        CheckoutItem(
            name=item["description"],
            quantity=item["quantity"],
            amount_minor=item["net_minor"] + item["tax_minor"],
        )
        for item in purchase.items
    ]


def top_up_reactions(
    journal: Journal, clock: Now, payments: Payments, shop: Shop
) -> list[Reaction]:
    """Return the reactions of this module."""
    do = TopUpConsequences(journal, clock, payments, shop)
    crossed, failed = "credits.ThresholdCrossed", "top_ups.ChargeFailed"
    handed, given_up = "top_ups.HandedOver", "top_ups.GivenUp"
    paused, capped = "top_ups.Paused", "top_ups.CapReached"
    saved, removed = "top_ups.CardSaved", "top_ups.CardRemoved"
    return [
        Reaction("top_up", crossed, do.when_threshold_crossed_buy),
        Reaction("top_up_begin", "top_ups.TurnedOn", do.look),
        Reaction("top_up_card", saved, do.when_card_saved),
        Reaction("forget_card", removed, do.when_card_removed_forget_it),
        Reaction("close_charge", given_up, do.when_given_up_close_charge),
        Reaction("confirm_top_up", handed, do.when_handed_over_lead_to_page),
        Reaction("tell_top_up_declined", failed, do.when_charge_failed_tell_holder),
        Reaction("tell_top_up_paused", paused, do.when_paused_tell_holder),
        Reaction("tell_top_up_capped", capped, do.when_cap_reached_tell_holder),
    ]
