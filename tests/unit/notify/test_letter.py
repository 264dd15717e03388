"""A letter's life: guarded steps, each written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Conflict
from contracts.words import LetterStatus
from services.notify.domain.letter import (
    ANY_TIME,
    MOST_STEPS,
    WAITS,
    Letter,
    letter_from_document,
    letter_to_document,
)
from services.notify.domain.masking import mask_address

NOW = datetime(2025, 5, 9, tzinfo=UTC)


def letter() -> Letter:
    text = {"zh": "题", "en": "subject"}
    return Letter(
        "letter-1", "case_submitted", "acc-1", "evt-1", "xinlv.submission.CaseSubmitted.v1", text, text, NOW
    )


def claimed() -> Letter:
    made = letter()
    made.claim("t", NOW, NOW)
    return made


def test_the_natural_key_names_cause_kind_and_account() -> None:
    assert letter().key == "evt-1|case_submitted|acc-1"


def test_a_sent_letter_is_settled() -> None:
    sent = claimed()
    sent.mark_sent("t", NOW, "z***@example.cn")
    assert (sent.status, sent.sent_to, sent.settled_at) == (LetterStatus.SENT, "z***@example.cn", NOW)
    assert [step.status for step in sent.steps] == ["sending", "sent"]


def test_only_the_holder_of_the_claim_may_settle() -> None:
    with pytest.raises(Conflict):
        claimed().mark_sent("other", NOW, "")


def test_put_off_waits_longer_each_time_and_gives_up() -> None:
    patient = letter()
    for wait in WAITS:
        patient.claim("t", NOW, NOW)
        assert patient.put_off("t", NOW, NOW, "451 busy")
        assert patient.not_before == NOW + wait
    patient.claim("t", NOW, NOW)
    assert not patient.put_off("t", NOW, NOW, "451 busy")
    assert patient.status is LetterStatus.FAILED


def test_an_unknown_letter_is_never_claimed() -> None:
    lost = claimed()
    lost.mark_unknown(NOW, "no answer")
    with pytest.raises(Conflict):
        lost.claim("u", NOW, NOW)


def test_resending_forgets_earlier_attempts() -> None:
    failed = claimed()
    failed.mark_failed("t", NOW, "550 no")
    failed.resend("acc-s", NOW, "地址已更正")
    assert (failed.status, failed.attempts, failed.not_before) == (LetterStatus.QUEUED, 0, ANY_TIME)
    assert failed.steps[-1].actor == "acc-s" and failed.steps[-1].note == "地址已更正"


def test_only_unknown_letters_are_settled_by_hand() -> None:
    with pytest.raises(Conflict):
        letter().settle("acc-s", NOW, True, "looked")


@given(
    st.lists(
        st.sampled_from(["claim", "sent", "off", "fail", "lose", "resend", "arrived", "lost"]), max_size=200
    )
)
def test_no_order_of_steps_sends_a_letter_that_was_settled_as_sent(steps: list[str]) -> None:
    one = letter()
    sent = 0
    for number, step in enumerate(steps):
        before = one.status
        now = NOW + timedelta(seconds=number)
        try:
            match step:
                case "claim":
                    one.claim("t", now, now)
                case "sent":
                    one.mark_sent("t", now, "m***@x.cn")
                    sent += 1
                case "off":
                    one.put_off("t", now, now, "later")
                case "fail":
                    one.mark_failed("t", now, "no")
                case "lose":
                    one.mark_unknown(now, "?")
                case "resend":
                    one.resend("acc-s", now, "again")
                case _:
                    one.settle("acc-s", now, step == "arrived", "looked")
        except Conflict:
            assert one.status is before
        else:
            assert before is not LetterStatus.SENT
        assert (one.claim_token is not None) == (one.status is LetterStatus.SENDING)
    assert sent <= 1 and len(one.steps) <= MOST_STEPS
    assert letter_from_document(letter_to_document(one)) == one


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("zhang.san@example.cn", "z***@example.cn"),
        ("a@b.cn", "a***@b.cn"),
        ("张@例子.中国", "张***@例子.中国"),
    ],
)
def test_masking_keeps_first_letter_and_domain(address: str, masked: str) -> None:
    assert mask_address(address) == masked
