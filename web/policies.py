"""What every route declares: who may call it, how fresh, how often, kept by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from commands.limiter import BUCKETS

ANYONE = "anyone"
CUSTOMER = "customer"
KEY = "key"
DEVICE = "device"
PROCESSOR = "processor"
OPERATOR = "operator"
STAFF = "staff"
ASKERS = (ANYONE, CUSTOMER, KEY, DEVICE, PROCESSOR, OPERATOR)
"""Staff come beside them, with the roles that they need: see `staff`."""

RECENT = "recent"
"""The password was asked for within the last ten minutes, or is asked for now."""
ALWAYS = "always"
"""The very form asks for the password, so the route changes something by POST."""

NO_STORE = "no-store"
"""Nobody keeps it: what is about a person, or about this moment."""
IMMUTABLE = "private, max-age=31536000, immutable"
"""Its address changes with its content; only the visitor's own browser keeps it."""
STATIC = "public, no-cache"
"""The same for all people; asked for again each time, so a release is seen at once."""
CACHES = (NO_STORE, IMMUTABLE, STATIC)

NO_BUCKET = "none"
"""Not counted: what a monitor or the processor asks for, and files of a release."""

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
"""Methods that change nothing."""

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What one route declares."""

    who: tuple[str, ...]
    fresh: str | None = None
    bucket: str = "pages"
    cache: str = NO_STORE
    even_disabled: bool = False
    cookieless: bool = False
    bytes_max: int | None = None

    def __post_init__(self) -> None:
        strangers = [w for w in self.who if w not in ASKERS and not is_staff(w)]
        assert self.who, "somebody must be allowed"
        assert not strangers, f"nobody is called {strangers}"
        assert self.fresh in (None, RECENT, ALWAYS), self.fresh
        assert self.bucket == NO_BUCKET or self.bucket in BUCKETS, self.bucket
        assert self.cache in CACHES, self.cache
        assert self.fresh != RECENT or CUSTOMER in self.who, "only customers confirm"
        by_cookie = CUSTOMER in self.who or self.roles is not None
        assert not (self.cookieless and by_cookie), "they are known by a cookie"

    def bucket_of(self, method: str) -> str:
        """Return the bucket that a request counts in; a sent form has its own."""
        is_form = method not in SAFE and self.bucket == "pages"
        return "forms" if is_form else self.bucket

    @property
    def roles(self) -> frozenset[str] | None:
        """The roles of staff that may call; None for none, empty for any role."""
        named = [who for who in self.who if is_staff(who)]
        if not named:
            return None
        texts = [who.partition(":")[2] for who in named]
        return frozenset(role for text in texts if text for role in text.split("|"))


def staff(*roles: str) -> str:
    """Return what stands for a member of the staff with one of these roles."""
    return f"{STAFF}:{'|'.join(roles)}" if roles else STAFF


def is_staff(who: str) -> bool:
    """Whether this stands for the staff."""
    return who.partition(":")[0] == STAFF


def allow(
    *who: str,
    fresh: str | None = None,
    bucket: str = "pages",
    cache: str = NO_STORE,
    even_disabled: bool = False,
    cookieless: bool = False,
    bytes_max: int | None = None,
) -> Callable[[View], View]:
    """Declare a route's policy: over or under the blueprint's decorator, or a class.

    `even_disabled` opens the route to the customer of a disabled account as well.
    `cookieless` reads no cookie, so that no site can forge a request of it.
    `bytes_max` bounds the body, where another bound than the app's is needed.
    """
    policy = Policy(
        who=who,
        fresh=fresh,
        bucket=bucket,
        cache=cache,
        even_disabled=even_disabled,
        cookieless=cookieless,
        bytes_max=bytes_max,
    )

    def attach(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return attach


def declare(app: Flask, endpoint: str, *who: str, **more: Any) -> None:
    """Declare the policy of a view that is not ours to decorate."""
    view = app.view_functions[endpoint]

    def declared(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    app.view_functions[endpoint] = allow(*who, **more)(declared)


def policy_of(app: Flask, endpoint: str | None) -> Policy | None:
    """Return what the endpoint's view, or the class it was made of, declares."""
    view = app.view_functions.get(endpoint or "")
    found = getattr(view, "policy", None)
    if found is None:
        found = getattr(getattr(view, "view_class", None), "policy", None)
    assert found is None or isinstance(found, Policy)
    return found
