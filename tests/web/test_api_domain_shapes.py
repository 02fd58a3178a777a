"""What is asked about domains is read strictly, and what is answered is whole."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from ledger.domain_names import TYPED_MAX
from web.api.domain_shapes import IdentityQuery, NewDomainSchema, SigningSchema


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": None}, {"name": 1}, {"name": "x" * (TYPED_MAX + 1)}],
)
def test_a_domain_is_a_text_of_bounded_length(body: Any) -> None:
    with pytest.raises(ValidationError):
        NewDomainSchema().load(body)


def test_a_local_part_may_be_left_out() -> None:
    assert IdentityQuery().load({"domain": "a.com"})["local_part"] == ""


def test_a_return_path_may_be_none() -> None:
    told = {"domain_id": None, "domain": "a.com", "selector": "dm1"}
    assert SigningSchema().dump(told | {"return_path": None})["return_path"] is None
