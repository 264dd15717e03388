"""Every method of every service is fed what the contracts forbid: refused, in words, and nothing is changed.

No method is named here: arguments, roles, refusals and results come from contracts/rpc.
"""

from __future__ import annotations

import json
import random
import re
import time
from typing import Any

import pytest

from contracts.errors import InvalidInput
from contracts.fields import load
from contracts.rpc import PUBLIC, Kind, Method, all_methods
from contracts.words import SERVICES, Role
from plumbing.bus import names
from tests.integration.rpc import forgery, frames
from tests.integration.rpc.answers import Answer, check
from tests.integration.rpc.conftest import Platform
from tests.support.arguments import make, spoil
from tests.support.footprint import footprint, settled_footprint
from tests.support.raw_caller import Sent

pytestmark = [pytest.mark.stack, pytest.mark.long]
METHODS = {service: [m for m in all_methods() if m.service == service] for service in SERVICES}
SPOILINGS, ODDITIES = 50, 6
"""So many of each method's spoilings are sent, and of those that are odd but acceptable; drawn by SEED."""
SEED = 3


def _dice(method: Method, *more: object) -> random.Random:
    return random.Random(f"{SEED}:{method.full_name}:{more}")


def _headers(token: str | None, **more: Any) -> dict[str, Any]:
    return {names.CORRELATION_ID: "cor-bad-input", **({names.TOKEN: token} if token else {}), **more}


def _call(method: Method, what: str, args: Any, token: str | None, **headers: Any) -> Sent:
    own = {names.COMMAND_ID: f"cmd-{random.getrandbits(64):x}"} if method.kind is Kind.COMMAND else {}
    body = {"args": [], "kwargs": args}
    return Sent(f"{method.full_name} {what}", method.full_name, body, _headers(token, **{**own, **headers}))


def _ask(platform: Platform, method: Method | None, sent: list[Sent]) -> list[Answer]:
    bodies = platform.raw.ask(sent)
    return [check(message.what, method, body) for message, body in zip(sent, bodies, strict=True)]


def _good_token(platform: Platform, method: Method) -> str | None:
    if method.roles is PUBLIC:
        return None
    return platform.token_for(sorted(method.roles)[0], method.service)


def _assert_unchanged(before: dict[str, str], platform_now: dict[str, str], what: str) -> None:
    changed = sorted(name for name in before.keys() | platform_now.keys()
                     if before.get(name) != platform_now.get(name))  # fmt: skip
    assert not changed, f"{what}: refused, and yet changed: {changed}"


@pytest.mark.parametrize("service", SERVICES)
def test_spoilt_arguments_are_refused_by_field_and_rule_and_change_nothing(
    platform: Platform, mongo: Any, service: str
) -> None:
    before = settled_footprint(mongo)
    for method in METHODS[service]:
        token = _good_token(platform, method)
        spoilt = _spoilt(platform, method)
        drawn = _dice(method).sample(spoilt, min(SPOILINGS, len(spoilt)))
        bad = [(_call(method, what, args, token), rules) for what, args in drawn
               if (rules := _faults(method, args))]  # fmt: skip
        answers = _ask(platform, method, [message for message, _ in bad])
        for (message, rules), answer in zip(bad, answers, strict=True):
            assert answer.code == "InvalidInput", f"{message.what}: {answer}"
            assert answer.rules == rules, message.what
        _assert_unchanged(before, footprint(mongo), method.full_name)


@pytest.mark.parametrize("service", SERVICES)
def test_malformed_messages_are_refused_and_change_nothing(
    platform: Platform, mongo: Any, service: str
) -> None:
    before = settled_footprint(mongo)
    for method in METHODS[service]:
        token = _good_token(platform, method)
        good = make(method.args(), _dice(method), platform.known)
        sent = list(frames.malformed(method, good, _headers(token)))
        for message, answer in zip(sent, _ask(platform, method, sent), strict=True):
            assert answer.code == "InvalidInput", f"{message.what}: {answer}"
        _assert_unchanged(before, footprint(mongo), method.full_name)
    strange = [Sent(f"method {name!r}"[:60], f"{service}.{name}", {"args": [], "kwargs": {}})
               for name in ("nothing", "__init__", "$where", "execute", "汉", "x" * 200)]  # fmt: skip
    assert {answer.code for answer in _ask(platform, None, strange)} == {"NotFound"}
    _assert_unchanged(before, footprint(mongo), "unknown methods")


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_gets_in_by_a_wrong_token_or_role(platform: Platform, mongo: Any, service: str) -> None:
    before = settled_footprint(mongo)
    for method in METHODS[service]:
        if method.roles is PUBLIC:
            continue
        good = make(method.args(), _dice(method), platform.known)
        role = sorted(method.roles)[0]
        bad = [(what, _call(method, what, good, None, **{names.TOKEN: token}))
               for what, token in forgery.forgeries(platform, role, service)]  # fmt: skip
        sent = [_call(method, "without token", good, None), *(message for _, message in bad)]
        for message, answer in zip(sent, _ask(platform, method, sent), strict=True):
            assert answer.code == "NotSignedIn", f"{message.what}: {answer}"
        others = [other for other in Role if other not in method.roles]
        sent = [_call(method, f"as {other}", good, platform.token_for(other, service)) for other in others]
        for message, answer in zip(sent, _ask(platform, method, sent), strict=True):
            assert answer.code == "NotAllowed", f"{message.what}: {answer}"
        _assert_unchanged(before, footprint(mongo), method.full_name)


@pytest.mark.parametrize("service", SERVICES)
def test_a_command_needs_a_sound_id(platform: Platform, mongo: Any, service: str) -> None:
    before = settled_footprint(mongo)
    for method in METHODS[service]:
        if method.kind is not Kind.COMMAND:
            continue
        good = make(method.args(), _dice(method), platform.known)
        token = _good_token(platform, method)
        sent = [_call(method, f"id {bad!r}"[:80], good, token, **{names.COMMAND_ID: bad})
                for bad in ("", " ", "a b", "x" * 121, "x" * 90_000, "$where", "汉", "a\x00", 7, True, ["a"],
                            {"$gt": ""}, 1.5, b"\xff\xfe")]  # fmt: skip
        for message, answer in zip(sent, _ask(platform, method, sent), strict=True):
            assert answer.rules == {("command_id", "identifier")}, f"{message.what}: {answer}"
        _assert_unchanged(before, footprint(mongo), method.full_name)


@pytest.mark.parametrize("service", SERVICES)
def test_well_formed_calls_end_in_a_described_result_or_a_declared_refusal(
    platform: Platform, mongo: Any, service: str
) -> None:
    """As every role that may, with identifiers that exist and ones that do not; dry runs change nothing."""
    before = settled_footprint(mongo)
    for method in METHODS[service]:
        sent = _well_formed(platform, method)
        answers = _ask(platform, method, sent)
        for answer in answers:
            platform.remember(answer.result)
        now = footprint(mongo)
        done = [pair for pair in zip(sent, answers, strict=True) if pair[1].result is not None]
        if method.kind is Kind.COMMAND and not method.dry_run and done:
            _assert_idempotent(platform, mongo, method, done)
            now = settled_footprint(mongo)
        elif method.personal and done:  # whoever looks at persons leaves a trace, and nothing else
            audit = f"xinlv_{service}.audit"
            assert now[audit] != before[audit], f"{method.full_name}: a look at persons left no trace"
            _assert_unchanged(before | {audit: ""}, now | {audit: ""}, method.full_name)
        else:
            _assert_unchanged(before, now, method.full_name)
        before = now


def _well_formed(platform: Platform, method: Method) -> list[Sent]:
    sent = []
    for role in [None] if method.roles is PUBLIC else sorted(method.roles):
        token = platform.token_for(role, method.service) if role else None
        for turn in range(4 if method.kind is Kind.QUERY else 2):
            known = platform.known if turn else {"edition_id": ["no-such-edition"]}
            args = make(method.args(), _dice(method, role, turn), known, whole=bool(turn % 2))
            if method.dry_run:
                args["dry_run"] = True
            sent.append(_call(method, f"as {role}, turn {turn}", args, token))
    odd = [(what, args) for what, args in _spoilt(platform, method) if not _faults(method, args)]
    token = _good_token(platform, method)
    for what, args in _dice(method).sample(odd, min(ODDITIES, len(odd))):
        sent.append(_call(method, what, args | ({"dry_run": True} if method.dry_run else {}), token))
    return sent


def _spoilt(platform: Platform, method: Method) -> list[tuple[str, dict[str, Any]]]:
    good = make(method.args(), _dice(method), platform.known)
    return list(spoil(method.args(), good))


def _faults(method: Method, args: dict[str, Any]) -> set[tuple[str, str]]:
    """Return (field, rule) of what the contract finds wrong with arguments that came over the wire."""
    try:
        load(method.args(), json.loads(json.dumps(args)))
    except InvalidInput as refusal:
        return {(field.field, field.rule) for field in refusal.fields}
    return set()


def _assert_idempotent(
    platform: Platform, mongo: Any, method: Method, done: list[tuple[Sent, Answer]]
) -> None:
    """The same id gives the same answer, with other arguments a conflict; neither changes anything."""
    before = settled_footprint(mongo)
    sent = [message for message, _ in done]
    changed = [
        Sent(message.what, message.key, _with_other_reason(message), message.headers) for message in sent
    ]
    answers = _ask(platform, method, [*sent, *changed])
    for (message, first), again, conflict in zip(done, answers, answers[len(done) :], strict=False):
        # it ended the caller's own session, which a replica may learn between two calls
        if "NotSignedIn" in (again.code, conflict.code):
            continue
        assert again.result == first.result, message.what
        assert conflict.code == "Conflict", f"{message.what} with other arguments: {conflict}"
    _assert_unchanged(before, footprint(mongo), f"{method.full_name}, repeated")


def _with_other_reason(message: Sent) -> dict[str, Any]:
    return {"args": [], "kwargs": {**message.body["kwargs"], "reason": f"something else {time.time()}"}}


def test_no_service_failed_inside(platform: Platform) -> None:
    """Runs last: whatever came, no log holds a failure that was caught only at the rim."""
    for service in SERVICES:
        log = platform.stack.state.log(service).read_text("utf-8", "replace")
        failed = [place.start() for place in re.finditer('"rpc_failed"|Traceback', log)]
        assert not failed, f"{service}: {log[max(0, failed[0] - 500) : failed[0] + 3000]}"
