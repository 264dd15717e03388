"""What the broker must hold, as a description."""

from __future__ import annotations

import re

from contracts.events import all_events
from contracts.events.submission import CaseSubmitted
from contracts.words import SERVICES, Audience
from plumbing.bus import names, topology

DESCRIBED = topology.describe({"review": [CaseSubmitted]}, operators=["boss"])


def routed(exchange: str, key: str) -> set[str]:
    """Return the inner queues an event reaches."""
    return {
        binding.destination
        for binding in DESCRIBED.bindings
        if (binding.vhost, binding.source, binding.routing_key) == (topology.INNER, exchange, key)
    }


def test_every_event_has_somewhere_to_go() -> None:
    for kind in all_events():
        assert routed(kind.exchange, kind.routing_key), kind.type


def test_outsiders_get_what_their_audience_allows() -> None:
    for kind in all_events():
        fed = names.PARTNERS_FEED in routed(kind.exchange, kind.routing_key)
        assert fed is (kind.audience is not Audience.INTERNAL), kind.type


def test_a_wanted_event_reaches_its_inbox_and_no_other() -> None:
    assert routed("submission.events", "CaseSubmitted") == {"review.inbox", names.PARTNERS_FEED}


def test_waiting_queues_return_to_their_own_inbox_whatever_the_message_says() -> None:
    waiting = {queue.name: queue.arguments for queue in DESCRIBED.queues if ".retry." in queue.name}
    assert set(waiting) == {f"{name}.retry.{delay}" for name in SERVICES for delay in ("10s", "1m", "10m")}
    for name, arguments in waiting.items():
        assert arguments["x-dead-letter-exchange"] == ""
        assert arguments["x-dead-letter-routing-key"] == names.inbox(name.partition(".")[0])
        assert arguments["x-dead-letter-strategy"] == "at-least-once"
        assert arguments["x-overflow"] == "reject-publish"


def test_a_service_may_configure_reply_queues_only() -> None:
    for right in DESCRIBED.rights:
        if right.user in SERVICES:
            for queue in DESCRIBED.queues:
                assert not re.search(right.configure, queue.name)
            assert re.search(right.configure, f"xinlv.reply-{right.user}-1")
            others = [name for name in SERVICES if name != right.user]
            assert not any(re.search(right.read, names.inbox(name)) for name in others)
            assert not any(re.search(right.write, names.event_exchange(name)) for name in others)


def test_replies_are_bound_by_random_keys_only() -> None:
    for right in DESCRIBED.topic_rights:
        if right.exchange != names.RPC_EXCHANGE:
            continue
        assert not re.search(right.read, "submission.*") and not re.search(right.read, "#")
        assert re.search(right.read, "0123456789abcdef0123456789abcdef")
        assert re.search(right.read, "01234567-89ab-cdef-0123-456789abcdef")


def test_what_waits_or_is_parked_comes_back_to_its_own_service_only() -> None:
    for right in DESCRIBED.rights:
        if right.user in SERVICES:
            assert not re.search(right.write, "amq.default") and not re.search(right.write, "")
            for exchange in (names.replay_exchange, names.retry_exchange):
                assert [name for name in SERVICES if re.search(right.write, exchange(name))] == [right.user]
    for name in SERVICES:
        led = [binding for binding in DESCRIBED.bindings if binding.source == names.retry_exchange(name)]
        assert len(led) == 5 and all(binding.destination.startswith(f"{name}.") for binding in led)
        assert not any(binding.destination == binding.source for binding in DESCRIBED.bindings)


def test_no_right_to_write_is_left_to_keys() -> None:
    """Before RabbitMQ 4.0 CC and BCC lead a message past the rights on keys."""
    assert {right.write for right in DESCRIBED.topic_rights} == {".*"}


def test_the_site_cannot_touch_the_exchange_of_calls_nor_read_others_replies() -> None:
    [site] = [right for right in DESCRIBED.rights if right.user == topology.SITE]
    assert not re.search(site.configure, names.RPC_EXCHANGE)
    assert not re.search(site.read, "xinlv.reply-notify-1") and not re.search(site.read, "xinlv.reply-desk-1")
    assert re.search(site.read, "xinlv.reply-site-1")


def test_a_partner_may_not_tell_in_a_services_name() -> None:
    [right] = [right for right in DESCRIBED.rights if right.user == "partner"]
    assert right.vhost == topology.PARTNERS
    assert not re.search(right.write, "submission.events") and not re.search(right.write, names.ALL_EVENTS)
    assert re.search(right.write, "evt-submission-CaseSubmitted--theirs.method")
    assert not re.search(right.configure, names.ALL_EVENTS)


def test_partners_with_users_of_their_own_keep_out_of_each_others_queues() -> None:
    rights = topology.describe({}, partners=("partner", "partner-b", "other")).rights
    for user, own, foreign in (
        ("partner", "partner.all", "partner-b.all"), ("partner-b", "partner-b.all", "partner.all"),
        ("other", "evt-awards-AwardPublished--other.x", "evt-awards-AwardPublished--partner-b.x"),
    ):  # fmt: skip
        [right] = [right for right in rights if right.user == user]
        for pattern in (right.configure, right.write, right.read):
            assert re.search(pattern, own) and re.search(pattern, "free") and not re.search(pattern, foreign)
        assert not re.search(right.write, "submission.events")
        assert re.search(right.read, "submission.events") and re.search(right.read, names.ALL_EVENTS)


def test_no_password_stands_in_the_description() -> None:
    [shovel] = DESCRIBED.shovels
    assert (
        shovel.value["src-uri"] == "amqp://shovel@/xinlv"
        and shovel.value["dest-uri"] == "amqp://shovel@/partners"
    )
