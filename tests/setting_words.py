"""What each setting does, in the words of the reference."""

from __future__ import annotations

SETTINGS = {
    "database_url": "The PostgreSQL to use, as the service role; without it one of our"
    " own is started.",
    "database_direct_url": "The same server past a pooler; if not set, `DATABASE_URL`.",
    "database_owner_url": "The role that owns the schema, used by `daybook migrate`"
    " alone.",
    "database_auditor_url": "The role that reads the journal and no secrets.",
    "daybook_base_url": "Where people reach the panel; stand-ins exist only while this"
    " is loopback.",
    "daybook_host": "The address that the web process listens on.",
    "daybook_port": "The port that the web process listens on; `daybook run` takes the"
    " next free one.",
    "daybook_var": "The folder of the embedded database, the master key and what the"
    " stand-ins know.",
    "daybook_master_key": "64 hexadecimal digits that wrap every other key. Losing it"
    " loses the personal data.",
    "daybook_master_key_file": "A file with the master key; without both, `daybook run`"
    " makes one.",
    "daybook_erasures_file": "Where erasures are listed outside the database, so that a"
    " restored backup repeats them; `var/erasures.jsonl` without it.",
    "daybook_catalogue": "A TOML file of what is sold, in place of the packaged one.",
    "daybook_seller": "A TOML file of who sells, in place of the packaged one.",
    "daybook_web_processes": "Processes that answer HTTP.",
    "daybook_web_threads": "Threads of each of them.",
    "daybook_metrics_address": "Where the figures are served, never on the"
    " panel's port.",
    "daybook_trusted_proxies": "How many proxies before us may tell the visitor's"
    " address.",
    "daybook_refund_alone_minor": "The largest refund, in minor units, that needs no"
    " second person to agree",
    "daybook_ask_after_seconds": "How long a purchase may stay open before Stripe is"
    " asked about it.",
    "stripe_secret_key": "Stripe's key; without it a stand-in takes test payments.",
    "stripe_webhook_secret": "What Stripe signs its webhooks with.",
    "smtp_url": "The mail server: `smtp://`, `smtp+starttls://` or `smtps://`; without"
    " it a mailbox page shows the mails.",
    "mail_from": "The sender of every mail.",
    "daybook_payments_url": "Where the stand-in for payments is; set by `daybook run`.",
    "daybook_mailbox_url": "Where the stand-in's mailbox is; set by `daybook run`.",
    "daybook_security_contact": "Where a weakness is reported: an address or a URL, in"
    " `/.well-known/security.txt`; without it there is no such file.",
    "daybook_resolvers": "The recursive resolvers that are asked for customers'"
    " records, with commas: `address` or `address:port`; away from loopback two, which"
    " must agree. Without it nobody is asked.",
    "daybook_dns_zone": "The zone of ours that customers' records point into;"
    " `mail.daybook.test` without it.",
    "daybook_from_domain": "The domain of ours that mail comes from whose own domain"
    " is not verified; the zone without it.",
    "daybook_zone_nameservers": "The servers of our zone, with commas, the primary one"
    " first: what `daybook zone` writes into it.",
    "daybook_zone_contact": "The address of whoever answers for our zone.",
    "daybook_bounce_host": "The host that takes bounces; customers' return paths lead"
    " there.",
    "daybook_tracking_host": "The host of the redirect service: the service's own name"
    " in links, and where customers' tracking domains lead.",
}
