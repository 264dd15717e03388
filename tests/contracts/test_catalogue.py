"""Contracts and services say the same: no method without a function, no function without a method."""

from __future__ import annotations

import dataclasses
import importlib

import pytest
from marshmallow import Schema

from contracts.events import all_events
from contracts.rpc import Kind, Method, Page, all_methods, find_method, methods_of
from contracts.rpc.common import common_of
from contracts.words import SERVICES, Role
from plumbing.service import Service


def service_named(name: str) -> Service:
    found = importlib.import_module(f"services.{name}.service").SERVICE
    assert isinstance(found, Service)
    return found


def common_names(service: str) -> set[str]:
    common = common_of(service)
    return {getattr(common, field.name).name for field in dataclasses.fields(common)}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_what_it_declares_and_nothing_else(name: str) -> None:
    service = service_named(name)
    answered = [*service.commands, *service.queries]
    assert len(answered) == len({method.full_name for method in answered})
    assert {method.name for method in answered} == set(methods_of(name)) - common_names(name)
    assert {method.service for method in answered} == {name}


@pytest.mark.parametrize("name", SERVICES)
def test_commands_and_queries_are_what_they_were_declared_as(name: str) -> None:
    service = service_named(name)
    assert {method.kind for method in service.commands} <= {Kind.COMMAND}
    assert {method.kind for method in service.queries} <= {Kind.QUERY}


@pytest.mark.parametrize("name", SERVICES)
def test_reactions_have_names_of_their_own(name: str) -> None:
    functions = [function for each in service_named(name).reactions.values() for function in each]
    places: dict[str, set[str]] = {}
    for function in functions:
        places.setdefault(function.__name__, set()).add(function.__module__)
    assert all(len(modules) == 1 for modules in places.values())


def test_every_event_is_told_by_its_own_service_once() -> None:
    kinds = all_events()
    assert len({kind.type for kind in kinds}) == len({kind.name for kind in kinds}) == len(kinds)
    assert {kind.service for kind in kinds} == set(SERVICES)


@pytest.mark.parametrize("method", all_methods(), ids=lambda method: method.full_name)
class TestMethod:
    def test_is_found_by_its_name(self, method: Method) -> None:
        assert find_method(method.service, method.name) is method
        assert method.summary.endswith(".")

    def test_takes_a_reason_when_it_changes_something(self, method: Method) -> None:
        assert ("reason" in method.args().fields) >= (method.kind is Kind.COMMAND)
        assert ("dry_run" in method.args().fields) == method.dry_run

    def test_is_paged_when_it_is_a_list(self, method: Method) -> None:
        assert method.paged == issubclass(method.args, Page)
        assert method.paged == ({"items", "next"} == set(method.result().fields))

    def test_says_who_may_call_it(self, method: Method) -> None:
        public = method.allows(())
        assert public == all(method.allows([role]) for role in Role)
        assert public or any(method.allows([role]) for role in Role)

    def test_refuses_what_it_does_not_know(self, method: Method) -> None:
        args: Schema = method.args()
        assert "surplus" in args.validate({"surplus": 1})


def test_who_runs_the_platform_does_not_judge() -> None:
    for name in ("submit_score_sheet", "accept_duty", "recuse"):
        method = find_method("review", name)
        assert method is not None
        assert not method.allows([Role.OPERATOR])
