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

    def settled() -> int:
        statuses = stage.call(secretary, "notify.letter_counts", edition_id=None)["statuses"]
        waiting = statuses.get("queued", 0) + statuses.get("sending", 0)
        sent: int = statuses.get("sent", 0)
        stage.show.total(sum(statuses.values()))
        stage.show.advance(sent)
        return sent if not waiting and len(stage.mailbox.letters()) >= sent else 0

    sent = stage.await_until("the last letter", settled)
    stage.show.say(f"{sent} 封信件已送达信箱", f"{sent} letters have arrived in the mailbox")
