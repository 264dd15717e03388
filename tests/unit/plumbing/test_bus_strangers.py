"""What a broker holds that nobody declared: named for a person, and not mistaken for what belongs there."""

from __future__ import annotations

from typing import Any

import pytest

from plumbing.bus import names, topology
from plumbing.bus.management import ManagementError
from plumbing.bus.parts import LeftOver, Policy, Rights, Shovel, Topology
from plumbing.bus.strangers import find_stopped_shovels, find_strangers
from plumbing.bus.topology import INNER
from tests.fakes.sample_services import SAMPLES

WANTED = topology.describe(topology.wanted_by(SAMPLES.values()), delays=(1.0,), operators=["operator"])
OURS = "submission.events"


class Broker:
    """A broker's management interface over documents by path; where there is none, it has no such thing."""

    def __init__(self, **documents: Any) -> None:
        self.documents: dict[str, Any] = {
            f"vhosts/{INNER}": {"name": INNER},
            "whoami": {"name": "installer"},
            "permissions": [],
            "topic-permissions": [],
            f"policies/{INNER}": [],
            f"bindings/{INNER}": [],
            f"exchanges/{INNER}": [],
            f"queues/{INNER}": [],
            **documents,
        }

    def get(self, *path: str) -> Any:
        return self.documents.get("/".join(path))


def strangers(broker: Broker, wanted: Topology = WANTED) -> list[str]:
    return [str(found) for found in find_strangers(wanted, broker)]  # type: ignore[arg-type]


def with_parts(**parts: Any) -> Topology:
    nothing: dict[str, Any] = dict.fromkeys(Topology.__dataclass_fields__, ())
    return Topology(**{**nothing, **parts})


def test_a_broker_not_provisioned_yet_has_no_strangers() -> None:
    assert strangers(Broker(**{f"vhosts/{INNER}": None})) == []


def test_rights_and_policies_that_nobody_declared_are_named() -> None:
    declared = with_parts(
        rights=(Rights(INNER, "review", "", "", ""),),
        policies=(Policy(INNER, "ours", ".*", {}),),
    )
    broker = Broker(
        permissions=[
            {"user": "review", "vhost": INNER},
            {"user": "installer", "vhost": INNER},
            {"user": "mallory", "vhost": INNER},
            {"user": "partner", "vhost": "elsewhere"},
        ],
        **{f"policies/{INNER}": [{"name": "ours"}, {"name": "drop-all"}]},
    )
    assert strangers(broker, declared) == [
        f"rights mallory@{INNER}: not declared (change it by hand)",
        f"policy drop-all@{INNER}: not declared (change it by hand)",
    ]


def test_writing_to_our_exchanges_under_any_key_is_named() -> None:
    rows = [
        {"user": "mallory", "vhost": INNER, "exchange": OURS},
        {"user": "mallory", "vhost": "elsewhere", "exchange": OURS},
        {"user": "mallory", "vhost": INNER, "exchange": "mallorys"},
    ]
    known = [
        {"user": right.user, "vhost": right.vhost, "exchange": right.exchange}
        for right in WANTED.topic_rights
    ]
    found = strangers(Broker(**{"topic-permissions": rows + known}))
    assert found == [f"topic rights mallory@{INNER} {OURS}: not declared (change it by hand)"]


def test_what_leads_events_away_is_named_and_answers_to_callers_are_not() -> None:
    def binding(source: str, destination: str, key: str = "#") -> dict[str, str]:
        return {"source": source, "destination": destination, "routing_key": key}

    reply_key = "0b7e2f60-1c53-4a4e-9f0e-2d6a4f1f8a11"
    rows = [
        binding("", "anything"),
        binding(OURS, "review.inbox"),
        binding(OURS, "tap"),
        binding(names.RPC_EXCHANGE, "rpc.reply-1", "submission.*"),
        binding(OURS, "rpc.reply-1", reply_key),
        binding(names.RPC_EXCHANGE, "rpc.reply-desk", reply_key),
    ]
    found = strangers(Broker(**{f"bindings/{INNER}": rows}))
    paths = [f"{OURS} -#-> tap", f"{names.RPC_EXCHANGE} -submission.*-> rpc.reply-1"]
    paths.append(f"{OURS} -{reply_key}-> rpc.reply-1")
    assert found == [f"binding {path}@{INNER}: not declared (change it by hand)" for path in paths]


def test_what_an_earlier_release_left_is_named() -> None:
    wanted = with_parts(left_over=(LeftOver(INNER, r"old\..*"),))
    rows = {f"exchanges/{INNER}": [{"name": "old.x"}], f"queues/{INNER}": [{"name": "old.q"}, {"name": "q"}]}
    assert [line.split(":")[0] for line in strangers(Broker(**rows), wanted)] == [
        f"exchange old.x@{INNER}",
        f"queue old.q@{INNER}",
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"name": "out", "state": "running"}], []),
        ([{"name": "out", "state": "terminated"}], ["does not run: terminated"]),
        ([{"name": "another", "state": "running"}], ["does not run: nobody runs it"]),
    ],
)
def test_a_shovel_that_does_not_run_is_told(rows: Any, told: list[str]) -> None:
    wanted = with_parts(shovels=(a_shovel(),))
    found = find_stopped_shovels(wanted, Broker(**{f"shovels/{INNER}": rows}))  # type: ignore[arg-type]
    assert [each.what for each in found] == told


def test_a_broker_that_cannot_tell_of_shovels_is_no_broker_whose_shovels_run() -> None:
    with pytest.raises(ManagementError, match="rabbitmq_shovel_management is not enabled"):
        find_stopped_shovels(with_parts(shovels=(a_shovel(),)), Broker())  # type: ignore[arg-type]


def a_shovel() -> Shovel:
    return Shovel(INNER, "out", {})
