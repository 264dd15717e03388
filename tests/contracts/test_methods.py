"""Declaring methods."""

from __future__ import annotations

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from contracts.fields import load
from contracts.rpc import PUBLIC, Page, find_method, methods_of
from contracts.rpc.method import command
from contracts.rpc.shared import Nothing


def test_a_method_belongs_to_a_service_and_is_declared_once() -> None:
    with pytest.raises(ValueError, match="not a service"):
        command("kitchen", "cook", "Cook.", args=Nothing, result=Nothing, roles=PUBLIC)
    methods_of("registration")
    with pytest.raises(ValueError, match="twice"):
        command("registration", "sign_in", "Again.", args=Nothing, result=Nothing, roles=PUBLIC)
    assert find_method("registration", "nothing") is None
    assert methods_of("kitchen") == {}


def test_refusals_follow_from_what_a_method_is() -> None:
    public, own = find_method("registration", "sign_out"), find_method("registration", "update_unit")
    assert public is not None and own is not None
    assert public.errors == (InvalidInput, Conflict)
    assert own.errors == (InvalidInput, NotSignedIn, NotAllowed, NotFound, Conflict)
    assert repr(public.roles) == "public"


@pytest.mark.parametrize("limit", [0, 201, "5", 1.5, None])
def test_a_page_has_1_to_200_rows(limit: object) -> None:
    with pytest.raises(InvalidInput):
        load(Page(), {"limit": limit})
    assert load(Page(), {}) == {"limit": 50, "after": None}
