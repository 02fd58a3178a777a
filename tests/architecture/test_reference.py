"""The reference leaves no number without a reason, and no deed without words."""

from __future__ import annotations

import ast
import importlib

import pytest

from commands import limits
from commands.limiter import BUCKETS
from ledger.staff import ROLES
from tests.architecture.tree import ROOT
from tests.docs import unopened_service
from tests.limits_page import SECTIONS, numbers_of, reasons_of_buckets
from tests.limits_page import limits as limits_page
from tests.roles_page import may, staff_routes
from web import create_app

MODULES = [name for names in SECTIONS.values() for name in names]


@pytest.mark.parametrize("name", MODULES)
def test_every_number_that_guards_has_its_reason(name: str) -> None:
    found = list(numbers_of(importlib.import_module(name)))
    assert found
    assert not [number.names for number in found if len(number.reason) < 10]


def test_no_number_of_the_limits_is_left_out() -> None:
    tree = ast.parse((ROOT / "commands" / "limits.py").read_text())
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    named = {node.targets[0].id for node in assigned if _is_name(node.targets[0])}  # type: ignore[attr-defined]
    assert named == {name for one in numbers_of(limits) for name in one.names}
    page = "\n".join(limits_page())
    assert not [name for name in named if f"`{name}`" not in page]


def _is_name(target: ast.expr) -> bool:
    return isinstance(target, ast.Name)


def test_every_bucket_has_its_reason() -> None:
    reasons = reasons_of_buckets()
    assert reasons.keys() == BUCKETS.keys()
    assert not [name for name, reason in reasons.items() if len(reason) < 10]


def test_every_route_of_the_staff_says_what_it_does_and_for_whom() -> None:
    found = list(staff_routes(create_app(unopened_service())))
    assert "/staff" in {route.path for route in found}
    for route in found:
        assert route.words.endswith("."), route.path
        assert any(may(route.policy, role) for role in ROLES), route.path


def test_an_auditor_changes_nothing_but_his_own_session() -> None:
    found = staff_routes(create_app(unopened_service()))
    changes = {
        route.path
        for route in found
        if route.method != "GET" and may(route.policy, "auditor")
    }
    assert changes == {"/staff/sign-out"}
