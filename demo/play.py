"""Plays the phases one after the other and waits until the last letter has gone out."""

from __future__ import annotations

from demo.phases import PHASES
from demo.show import Screen
from demo.stage import Stage


def play(stage: Stage, screen: Screen) -> None:
    """Run the whole contest.

    Raises what a phase raises, after the screen has named the phase.
    """
    for zh, en, phase in PHASES:
        screen.begin(zh, en)
        try:
            phase(stage)
        except BaseException:
            screen.fail()
            raise
        screen.end()
    screen.begin("信件送达", "Letters")
    await_letters(stage)
    screen.end()


def await_letters(stage: Stage) -> None:
    """Wait until no letter waits any more and every one is in the mailbox."""
    secretary = stage.cast.secretariat[0]
    doubtful: set[str] = set()

    def settled() -> int:
        statuses = stage.call(secretary, "notify.letter_counts", edition_id=None)["statuses"]
        sent: int = statuses.get("sent", 0)
        stage.show.total(sum(statuses.values()))
        stage.show.advance(sent)
        if statuses.get("unknown"):
            doubtful.update(_settle_doubtful(stage))
        return sent if sent == sum(statuses.values()) and len(stage.mailbox.letters()) >= sent else 0

    sent = stage.await_until("the last letter", settled)
    stage.show.say(f"{sent} 封信件已送达信箱", f"{sent} letters have arrived in the mailbox")
    if doubtful:
        stage.show.say(
            f"其中 {len(doubtful)} 封寄出时服务中断，是否寄到不明；不自动重寄，由秘书处查看信箱后认定",
            f"the service died while sending {len(doubtful)} of them: not sent again by itself, "
            "the secretariat looked into the mailbox and settled it",
        )


def _settle_doubtful(stage: Stage) -> list[str]:
    """Do what the secretariat does with letters whose sender died: look whether they arrived, and say so."""
    secretary = stage.cast.secretariat[0]
    found = [row["letter_id"] for row in stage.every(secretary, "notify.list_letters", status="unknown")]
    for letter_id in found:
        arrived = stage.mailbox.has_arrived(letter_id)
        stage.call(
            secretary, "notify.settle_letter", letter_id=letter_id, arrived=arrived, reason="已查看信箱"
        )
        if not arrived:
            stage.call(secretary, "notify.resend_letter", letter_id=letter_id, reason="信箱中没有")
    return found
