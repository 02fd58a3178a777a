"""The page of the reference that tells what each role of the staff may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from ledger.staff import ROLES
from tests.route_pages import METHODS, table
from web.policies import Policy, policy_of

INTRODUCTION = (
    "What a member of the staff may do, by role.",
    "The declarations of the routes decide, here as in the service; whoever has another"
    " role is answered 403, and nothing happens.",
    "Every deed is recorded with who and why, and every look in an access log that"
    " nobody can change.",
    "On the command line an auditor is a role of the database, which reads the journal"
    " and the views and nothing that is a secret or personal.",
)


@dataclass(frozen=True)
class StaffRoute:
    """A route of the staff area, and what its function says that it does."""

    method: str
    path: str
    policy: Policy
    words: str


def roles(app: Flask) -> list[str]:
    """A line for each deed in its function's own words, a column for each role."""
    found = sorted(staff_routes(app), key=lambda route: (route.path, route.method))
    lines = ["# Roles", "", *INTRODUCTION, ""]
    rows = [
        (
            route.words,
            f"{route.method} `{route.path}`",
            *("yes" if may(route.policy, role) else "" for role in ROLES),
        )
        for route in found
    ]
    return lines + table(("does", "route", *ROLES), rows)


def staff_routes(app: Flask) -> Iterator[StaffRoute]:
    """Every route that the staff may call."""
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        if policy is not None and policy.roles is not None:
            words = " ".join((app.view_functions[rule.endpoint].__doc__ or "").split())
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield StaffRoute(method, rule.rule, policy, words)


def may(policy: Policy, role: str) -> bool:
    """Whether a member with this role gets in."""
    return policy.roles is not None and (not policy.roles or role in policy.roles)
