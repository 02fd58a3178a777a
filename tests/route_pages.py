"""The page of the reference that tells what every route declares."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from commands.limiter import BUCKETS
from web.access import COOKIELESS
from web.policies import ALWAYS, NO_BUCKET, RECENT, Policy, policy_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FRESH = {None: "", RECENT: "within ten minutes", ALWAYS: "in the form itself"}
HEAD = ("method", "path", "who", "password", "bucket", "kept")


def routes(app: Flask) -> list[str]:
    """What every route declares, and what each bucket holds."""
    rows = sorted(
        _row(rule.rule, method, policy)
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ())
        and (policy := policy_of(app, rule.endpoint)) is not None
    )
    lines = ["# Routes", "", "Who may call each, whether the password is asked for"
             " again, the bucket in which it counts, and who may keep the answer.",
             "", "- `anyone` needs nothing; a form sent with a cookie still needs its"
             " token.", "- `processor` shows a signature, `operator` is a monitor.",
             "- Whoever is marked with † still gets in when the account is disabled.",
             "- Routes marked with ‡ read no cookie.", ""]  # fmt: skip
    lines += table(HEAD, [row[:2][::-1] + row[2:] for row in rows])
    lines += ["", "## Buckets", "", "A window begins with its first hit.", ""]
    used = {row[4] for row in rows} - {NO_BUCKET}
    found = [BUCKETS[name] for name in BUCKETS if name in used]
    counts = [(b.name, str(b.hits_max), str(b.seconds)) for b in found]
    return lines + table(("bucket", "hits", "seconds"), counts)


def _row(path: str, method: str, policy: Policy) -> tuple[str, ...]:
    who = ", ".join(policy.who) + (" †" if policy.even_disabled else "")
    is_cookieless = policy.cookieless or path.startswith(COOKIELESS)
    marks = " ‡" if is_cookieless else ""
    fresh, bucket = FRESH[policy.fresh], policy.bucket_of(method)
    return (f"`{path}`{marks}", method, who, fresh, bucket, policy.cache)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return [f"| {' | '.join(line)} |" for line in cells]
