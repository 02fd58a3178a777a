"""Sample contexts, with which every template can be drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tests.web import top_up_samples
from tests.web.domain_samples import DOMAINS, LETTERS
from tests.web.money_samples import ENTRIES, REVERSALS
from tests.web.subscription_samples import SUBSCRIPTIONS
from tests.web.tracking_samples import TRACKED
from tests.web.usage_samples import BLOCKED_PLAN, OVERDUE_PLAN, USAGE

NOW = datetime(2026, 11, 23, 9, 52, 7, tzinfo=UTC)
EMAIL = "helen@hollisgray.example"
LINES = [
    {"kind": "credits", "quantity": 10000, "description": "", "net_minor": 7500}
    | {"period": None}
]
SMTP = {"kind": "add_on", "quantity": 1, "description": "SMTP access, one year"} | {
    "net_minor": 9000,
    "period": {"first": date(2026, 7, 30), "last": date(2027, 7, 29)},
}
RECEIPT = {"number": "DB-2026-000118", "href": "/purchases/p1/receipt"}
PURCHASE: dict[str, Any] = {
    "id": "p1",
    "order_number": "2026-01187",
    "started_at": datetime(2026, 11, 3, 9, 10, tzinfo=UTC),
    "paid_at": datetime(2026, 11, 3, 9, 12, tzinfo=UTC),
    "status": "paid",
    "lines": LINES,
    "net_minor": 7500,
    "tax_minor": 0,
    "total_minor": 7500,
    "currency": "EUR",
    "payment_label": "Visa 4242",
    "receipt": RECEIPT,
    "declined_reason": None,
    "reversals": [],
}
REVERSED = PURCHASE | {"status": "disputed", "reversals": REVERSALS}
UNPAID = {"order_number": None, "paid_at": None, "payment_label": None} | {
    "receipt": None
}
PROCESSING = PURCHASE | UNPAID | {"status": "processing"}
DECLINED = (
    PURCHASE | UNPAID | {"status": "declined", "declined_reason": "Insufficient funds."}
)
TAXED = PURCHASE | {
    "lines": [*LINES, SMTP],
    "net_minor": 16500,
    "tax_minor": 3300,
    "total_minor": 19800,
    "receipt": None,
}
PURCHASE_ACTS = {"reverse_charge": True, "can_pay_again": True, "command_id": "c1"}
BALANCE = {"total": 10494, "held": 2500, "available": 7994, "holds": 2} | {
    "frozen": 120,
    "debt": 1,
}
EMPTY_BALANCE = dict.fromkeys(BALANCE, 0)
PACKS = [
    {"sku": f"credits-{size}", "quantity": size, "net_minor": net, "currency": "EUR"}
    | {"total_minor": net, "primary": size == 10000, "command_id": f"c{size}"}
    for size, net in ((2000, 2000), (10000, 7500), (25000, 15000), (100000, 45000))
]


def row(
    status: str, day: int, number: str | None = None, paid: bool = True
) -> dict[str, Any]:
    return {
        "href": "/purchases/p1",
        "order_number": number,
        "at": datetime(2026, 10, day, 9, 12, tzinfo=UTC),
        "lines": LINES,
        "status": status,
        "total_minor": 7500,
        "currency": "EUR",
        "receipt": RECEIPT if paid else None,
        "reversals": REVERSALS if status == "disputed" else [],
    }


ROWS = [
    row("processing", 23, paid=False),
    row("paid", 21, "2026-01187"),
    row("refunded", 20, "2026-01102"),
    row("partly refunded", 19, "2026-01101"),
    row("disputed", 2, "2026-00934"),
    row("declined", 1, paid=False),
    row("expired", 1, paid=False),
]


def lot(source: str, label: str | None, **facts: Any) -> dict[str, Any]:
    return {
        "source": source,
        "label": label,
        "order_number": None,
        "refundable_until": None,
        "effective_at": datetime(2026, 11, 3, 9, 12, tzinfo=UTC),
        "expires_at": None,
        "net_minor": 0,
        "quantity": 1000,
        "currency": "EUR",
    } | facts


LOTS = [
    lot("promotion", "Ten years", held=1000, left=1000)
    | {"expires_at": datetime(2026, 12, 31, 22, tzinfo=UTC)},
    lot("purchase", None, held=1500, left=9374, quantity=10000, net_minor=7500)
    | {"order_number": "2026-01187", "refundable_until": date(2026, 12, 3)},
    lot("adjustment", "Sent twice on 17 Nov", held=0, left=120),
]
HOLDS = [
    {"campaign": "Winter catalogue", "since": NOW, "ends_at": NOW, "credits": 2000},
    {"campaign": "Press list, December", "since": NOW, "ends_at": NOW, "credits": 500},
]

STATEMENT = {"entries": ENTRIES, "first": 9, "last": 14, "total": 1048} | {
    "newer": "/credits?before=1#statement",
    "older": "/credits?before=2#statement",
}
NO_STATEMENT = {"entries": [], "first": 0, "last": 0, "total": 0} | {
    "newer": None,
    "older": None,
}
CREDITS: dict[str, Any] = {
    "balance": BALANCE,
    "packs": PACKS,
    "lots": LOTS,
    "holds": HOLDS,
    "low_balance": 8000,
    "form": {"threshold": "8,000"},
    "errors": {},
    "top_up": top_up_samples.STATES["on"],
    "statement": STATEMENT,
    "recorded_soon": False,
    "command_id": "c1",
}
NEW_CREDITS = CREDITS | {
    "balance": EMPTY_BALANCE,
    "lots": [],
    "holds": [],
    "low_balance": None,
    "form": {"threshold": "lots"},
    "errors": {"threshold": "Write a whole number.", "top_up_cap": "Too little."},
    "top_up": top_up_samples.NONE,
    "statement": NO_STATEMENT,
    "recorded_soon": True,
}
BILLING: dict[str, Any] = {
    "form": {"name": "Helen Gray", "company": "Hollis & Gray Printmakers"}
    | {"address": "14 rue des Graveurs\nBâtiment C", "postcode": "6900"}
    | {"city": "Lyon", "country": "FR", "vat_number": "FR 10 123456789"}
    | {"language": "en", "website": "hollisgray.example"},
    "errors": {},
    "picture": None,
    "listed": True,
    "command_id": "c1",
}
BILLING_ERRORS = {
    "postcode": "Enter a postcode for France, five digits, such as 69001.",
    "vat_number": "The check digits do not match the number.",
}
SIGN_UP = {
    "form": {"name": "", "email": "helen@", "company": "", "website": ""},
    "errors": {},
    "password_characters_min": 12,
    "command_id": "c1",
}
VERIFY = {"email": EMAIL, "errors": {}, "command_id": "c1"}
SIGN_UP_ERRORS = {
    "name": "Enter a name.",
    "email": "Enter a whole address, such as name@example.org.",
}
OVERVIEW = {
    "company": "Hollis & Gray Printmakers",
    "now": NOW,
    "balance": BALANCE,
    "plan": "pay_per_email",
    "unpaid": None,
    "used": None,
    "sent": {"credits": 6936, "campaigns": 3},
    "low_balance": 8000,
    "entries": ENTRIES[:3],
    "purchases": ROWS[:3],
    "steps": None,
    "recorded_soon": False,
}
NEW_OVERVIEW = OVERVIEW | {
    "company": None,
    "balance": EMPTY_BALANCE,
    "sent": {"credits": 0, "campaigns": 0},
    "low_balance": None,
    "entries": [],
    "purchases": [],
    "steps": {"verified_at": datetime(2026, 11, 23, 9, 31, tzinfo=UTC)}
    | {"billing_details": False, "bought": False, "notice": False},
}
UNLIMITED_OVERVIEW = OVERVIEW | OVERDUE_PLAN | {"steps": NEW_OVERVIEW["steps"]}
PROBLEM = {"detail": None, "request_number": "7f3a-91c0", "retry_seconds": None}
PAGE = {"first": 1, "last": 6, "total": 48, "newer": None, "older": "/purchases?p=2"}

Case = tuple[str, dict[str, Any]]
DOORS: dict[str, Case] = {
    "sign-in": (
        "sessions/sign_in.html",
        {"form": {"email": EMAIL}, "errors": {}, "next": ""},
    ),
    "sign-in-refused": (
        "sessions/sign_in.html",
        {"form": {"email": EMAIL}, "next": "/credits"}
        | {"errors": {"": "The address or the password is not right."}},
    ),
    "signed-out": ("sessions/signed_out.html", {}),
    "sign-up": ("accounts/sign_up.html", SIGN_UP),
    "sign-up-errors": ("accounts/sign_up.html", SIGN_UP | {"errors": SIGN_UP_ERRORS}),
    "sign-up-sent": ("accounts/sign_up_sent.html", {"email": EMAIL, "link_hours": 24}),
    "verify": ("accounts/verify.html", VERIFY),
    "verify-gone": ("accounts/verify_gone.html", {}),
    "lost": ("errors/problem.html", PROBLEM | {"status": 404}),
}
PAGES: dict[str, Case] = {
    "overview": ("accounts/overview.html", OVERVIEW),
    "overview-new": ("accounts/overview.html", NEW_OVERVIEW),
    "overview-unlimited": ("accounts/overview.html", UNLIMITED_OVERVIEW),
    "overview-blocked": ("accounts/overview.html", OVERVIEW | BLOCKED_PLAN),
    "billing": ("profile/show.html", BILLING),
    "billing-errors": (
        "profile/show.html",
        BILLING | {"errors": BILLING_ERRORS},
    ),
    "credits": ("credits/show.html", CREDITS),
    "credits-new": ("credits/show.html", NEW_CREDITS),
    "purchases": (
        "purchases/index.html",
        {"rows": ROWS, "page": PAGE, "recorded_soon": False},
    ),
    "purchases-none": (
        "purchases/index.html",
        {"rows": [], "page": PAGE, "recorded_soon": True},
    ),
} | {
    f"purchase-{name}": ("purchases/show.html", PURCHASE_ACTS | {"purchase": facts})
    for name, facts in (
        ("paid", PURCHASE),
        ("processing", PROCESSING),
        ("declined", DECLINED),
        ("taxed", TAXED),
        ("reversed", REVERSED),
    )
}
PAGES |= {
    f"returned-{name}": (
        "purchases/returned.html",
        PURCHASE_ACTS | {"purchase": facts, "balance": balance, "kind": kind},
    )
    for name, facts, balance, kind in (
        ("paid", PURCHASE, BALANCE, "credits"),
        ("subscribed", PURCHASE, None, "plan"),
        ("processing", PROCESSING, None, "smtp"),
        ("declined", DECLINED, None, "credits"),
    )
}
PAGES |= SUBSCRIPTIONS | USAGE | DOMAINS | top_up_samples.cases(CREDITS) | TRACKED
DOORS |= LETTERS
PAGES |= {
    f"problem-{status}": ("errors/problem.html", PROBLEM | {"status": status})
    for status in (400, 403, 404, 409, 500)
}
WAITING = PROBLEM | {"retry_seconds": 30}
PAGES["problem-429"] = ("errors/problem.html", WAITING | {"status": 429})
PAGES["problem-503"] = ("errors/problem.html", WAITING | {"status": 503})
MAIL: dict[str, Any] = {
    "name": "Helen Gray",
    "link": "http://localhost/verify/x",
    "link_hours": 24,
}
MAIL |= {"sign_in": "http://localhost/sign-in", "purchase": "http://localhost/p/1"}
MAIL |= {"order_number": "2026-01187", "receipt_number": "DB-2026-000118"}
MAIL |= {"paid_at": NOW, "lines": [*LINES, SMTP], "tax_minor": 0}
MAIL |= {"total_minor": 16500, "currency": "EUR"}
MAILS: dict[str, Case] = {
    f"mail-{name}-{kind}": (f"mail/{name}.{kind}", MAIL)
    for name in ("verify", "account_exists", "receipt")
    for kind in ("txt", "html")
}
CASES = DOORS | PAGES | MAILS
