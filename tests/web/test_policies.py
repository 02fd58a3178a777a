"""What a route can declare, and where the declaration may stand."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView

from web.policies import (
    ANYONE,
    CUSTOMER,
    DEVICE,
    IMMUTABLE,
    NO_STORE,
    RECENT,
    Policy,
    allow,
    declare,
    policy_of,
    staff,
)

CUSTOMERS = Policy(who=(CUSTOMER,))


def test_a_declaration_is_found_over_and_under_the_blueprints_decorator() -> None:
    app, blueprint = Flask("routes"), Blueprint("things", "things")

    @blueprint.get("/over")
    @allow(CUSTOMER)
    def under() -> str:
        return ""

    @allow(CUSTOMER)
    @blueprint.get("/under")
    @blueprint.post("/under", endpoint="alias")
    def over() -> str:
        return ""

    app.register_blueprint(blueprint)
    for name in ("things.under", "things.over", "things.alias"):
        assert policy_of(app, name) == CUSTOMERS


def test_a_declaration_is_found_on_a_class_of_methods() -> None:
    @allow(CUSTOMER)
    class Things(MethodView):
        def get(self) -> str:
            return ""

    app = Flask("routes")
    app.add_url_rule("/things", view_func=Things.as_view("things"))
    assert policy_of(app, "things") == CUSTOMERS


def test_a_view_of_somebody_else_answers_as_before_once_it_is_declared() -> None:
    app = Flask("routes", static_folder=None)
    app.add_url_rule("/<word>", "echo", lambda word: word)
    assert policy_of(app, "echo") is None
    declare(app, "echo", ANYONE, cache=IMMUTABLE)
    assert policy_of(app, "echo") == Policy(who=(ANYONE,), cache=IMMUTABLE)
    assert app.test_client().get("/word").text == "word"


def test_what_is_not_there_declares_nothing() -> None:
    assert policy_of(Flask("routes"), "nothing") is None
    assert policy_of(Flask("routes"), None) is None


def test_the_least_that_is_declared_is_kept_by_nobody_and_counted() -> None:
    assert (CUSTOMERS.cache, CUSTOMERS.bucket) == (NO_STORE, "pages")
    assert (CUSTOMERS.fresh, CUSTOMERS.even_disabled) == (None, False)
    assert CUSTOMERS.cookieless is False


def test_a_sent_form_counts_in_a_bucket_of_its_own() -> None:
    counted = [CUSTOMERS.bucket_of(method) for method in ("GET", "POST", "DELETE")]
    assert counted == ["pages", "forms", "forms"]
    assert Policy(who=(ANYONE,), bucket="doors").bucket_of("POST") == "doors"


def test_roles_of_staff_are_told_apart_from_any_role_and_from_none() -> None:
    some = Policy(who=(staff("support", "finance"),)).roles
    assert some == frozenset(("support", "finance"))
    assert Policy(who=(CUSTOMER, staff())).roles == frozenset()
    assert CUSTOMERS.roles is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": ()},
        {"who": ("everybody",)},
        {"who": (CUSTOMER,), "fresh": "new"},
        {"who": (CUSTOMER,), "bucket": "spoons"},
        {"who": (CUSTOMER,), "cache": "public"},
        {"who": (DEVICE,), "fresh": RECENT},
        {"who": (CUSTOMER,), "cookieless": True},
        {"who": (staff("support"),), "cookieless": True},
    ],
    ids=str,
)
def test_what_nobody_could_enforce_cannot_be_declared(wrong: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        Policy(**wrong)  # type: ignore[arg-type]
