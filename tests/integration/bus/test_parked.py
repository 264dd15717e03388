"""Commands on parked messages: what is chosen is committed first, and nothing else is touched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contracts.errors import Unavailable
from contracts.rpc import find_method
from plumbing.bus import names, topology
from plumbing.bus.publisher import Publisher
from plumbing.bus.shelf import Shelf
from plumbing.operations import parked, with_common
from tests.fakes.sample_services import REVIEW
from tests.integration.bus.conftest import depth
from tests.support.harness import Harness, MakeHarness

pytestmark = pytest.mark.stack
QUEUE = names.parked("review")


class Looked(Shelf):
    """A shelf that does something while a command counts at the end of its preparation."""

    meanwhile: Callable[[], None] | None = None

    def count(self) -> tuple[int, int]:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return super().count()


@pytest.fixture
def shelf(stack: Any, clean: None) -> Iterator[Looked]:
    url = stack.environment("review")["XINLV_AMQP_URL"]
    publisher = Publisher(url, "parked tests")
    running = threading.Thread(target=publisher.link.run)
    running.start()
    assert publisher.link.connected.wait(10)
    shelf = Looked(url, "review")
    shelf.use(publisher)
    yield shelf
    publisher.link.close()
    running.join(10)


@pytest.fixture
def review(shelf: Looked, harness: MakeHarness) -> Harness:
    return harness(with_common(REVIEW, shelf))


@pytest.fixture
def park(broker: Any) -> Callable[..., None]:
    def publish(*parked_ids: str) -> None:
        for parked_id in parked_ids:
            headers = {names.PARKED_ID: parked_id}
            body = {
                "routing_key": QUEUE, "payload": "{}", "payload_encoding": "string",
                "properties": {"headers": headers, "message_id": f"evt-{parked_id}"},
            }  # fmt: skip
            place = ("exchanges", topology.INNER, names.retry_exchange("review"), "publish")
            assert broker.post(*place, body=body)["routed"]

    return publish


def do(review: Harness, name: str, command_id: str = "cmd-1", **args: Any) -> dict[str, Any]:
    method = find_method("review", name)
    assert method is not None
    given = {"reason": "rubbish", **args}
    return review.execute(method, given, review.operator(), command_id=command_id)


def audited(review: Harness) -> list[str]:
    rows = review.rows("audit", {"action": "parked messages"})
    return sorted(parked_id for row in rows for parked_id in row["details"]["parked_ids"])


def test_nothing_is_thrown_away_before_it_is_written_down(
    review: Harness, shelf: Looked, park: Callable[..., None], broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    park("prk-1", "prk-2")
    with monkeypatch.context() as dying:
        dying.setattr(review._commanding._commands, "row", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            do(review, "discard_parked", all=True)
    assert depth(broker, QUEUE) == 2 and audited(review) == []
    done = do(review, "discard_parked", all=True)
    assert done["chosen"] == ["prk-1", "prk-2"] == audited(review) and done["left"] == 0

    park("prk-3")  # what is parked after the choice was not meant by it
    review.run_jobs()
    assert do(review, "discard_parked", all=True) == done
    review.run_jobs()
    assert [row["parked_id"] for row in shelf.look()] == ["prk-3"]
    [job] = review.rows("jobs")
    assert job["_id"] == done["job_id"] and job["result"] == {"settled": 2, "missing": 0}


@pytest.mark.parametrize("name", ["replay_parked", "discard_parked"])
def test_a_command_sent_again_while_the_first_runs_chooses_the_same(
    review: Harness, shelf: Looked, park: Callable[..., None], broker: Any, name: str
) -> None:
    park("prk-1", "prk-2", "prk-3")
    answers: list[Any] = []
    shelf.meanwhile = lambda: answers.append(do(review, name, all=True))
    answers.append(do(review, name, all=True))
    assert answers[0] == answers[1] and answers[0]["chosen"] == ["prk-1", "prk-2", "prk-3"]
    assert audited(review) == answers[0]["chosen"]
    review.run_jobs()
    assert depth(broker, QUEUE) == 0
    assert depth(broker, names.inbox("review")) == (3 if name == "replay_parked" else 0)


def test_what_somebody_looks_at_is_settled_when_he_has_looked(
    review: Harness, shelf: Looked, park: Callable[..., None], broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked, "PAUSE", 0.0)
    park("prk-1", "prk-2")
    done = do(review, "discard_parked", parked_ids=["prk-1", "prk-x"])
    assert (done["chosen"], done["missing"], done["left"]) == (["prk-1"], ["prk-x"], 1)
    with shelf._channel() as channel:
        assert len(shelf._take(channel)) == 2
        assert review.jobs.run_once(most_steps=2)
        assert review.rows("jobs")[0]["state"] == "running"
    review.run_jobs()
    assert depth(broker, QUEUE) == 1
    assert [(row["row"], row["outcome"]) for row in review.rows("job_outcomes")] == [("prk-1", "settled")]


def test_the_next_choice_waits_for_the_one_before(
    review: Harness, park: Callable[..., None], broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    park("prk-1", "prk-2")
    do(review, "discard_parked", parked_ids=["prk-1"])
    with monkeypatch.context() as hurried:
        hurried.setattr(parked, "LONGEST_WAIT", 0.0)
        with pytest.raises(Unavailable):
            do(review, "discard_parked", "cmd-2", all=True)
    settling = threading.Timer(0.3, review.run_jobs)
    settling.start()
    assert do(review, "discard_parked", "cmd-2", all=True)["chosen"] == ["prk-2"]
    settling.join()
    review.run_jobs()
    assert depth(broker, QUEUE) == 0 and audited(review) == ["prk-1", "prk-2"]


def test_what_is_gone_is_said_to_be(
    review: Harness, park: Callable[..., None], broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked, "PAUSE", 0.0)
    park("prk-1")
    do(review, "discard_parked", all=True)
    broker.delete("queues", topology.INNER, QUEUE, "contents")
    review.run_jobs()
    [job] = review.rows("jobs")
    assert (job["state"], job["result"]) == ("done", {"settled": 0, "missing": 1})
    assert [row["outcome"] for row in review.rows("job_outcomes")] == ["not found"]
    nothing = do(review, "discard_parked", "cmd-2", all=True)
    assert (nothing["chosen"], nothing["job_id"]) == ([], None)
