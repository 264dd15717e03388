"""The loop that sends letters: claim in a transaction, then send, then write down what became of it.

One transaction both records the last letter's outcome and claims the next, so a crash leaves at most one
letter of unknown fate. Recipient and link are asked before the claim, so that their lack leaves no doubt. It
claims only while the loop's lease is held: whoever took that over has ended our links by making new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import structlog

from contracts.errors import Conflict, NotFound, NotYet, Refusal, TooManyRequests, Unavailable
from contracts.events.notify import NotificationFailed, NotificationSent
from plumbing.store.ids import made_at, new_id
from plumbing.store.leases import LeaseLost
from services.notify import repository
from services.notify.domain.letter import STUCK_AFTER, Letter
from services.notify.domain.masking import mask_address, mask_addresses
from services.notify.domain.occasions import LINKS
from services.notify.layout import lay_out
from services.notify.mailing import Fate, MailServer, MailServerAway, Outcome, build_message

BATCH = 20
log = structlog.get_logger(__name__)


@dataclass
class Prepared:
    """A letter ready to go: its mail, or why there will never be one."""

    letter: Letter
    token: str
    message: EmailMessage | None = None
    recipient: str = ""
    sent_to: str = ""
    problem: str = ""
    outcome: Outcome | None = None


def real_now() -> datetime:
    """Return the real time: claims and waiting times must not jump with the business clock."""
    return datetime.now(UTC)


def post_letters(context: Any) -> int:
    """Send what is due and return how many letters were settled or put off."""
    done = give_up_stuck(context)
    due = repository.find_due(context, real_now(), BATCH)
    doubtful = [letter for letter in due if _may_have_gone(context, letter)]
    if doubtful:
        return done + _hold(context, doubtful)
    if not due:
        return done
    server = MailServer(context.parts.settings.smtp_url)
    try:
        server.connect()
        return done + _post(context, server, due)
    except MailServerAway as away:
        log.warning("mail_server_away", problem=str(away), waiting=len(due))
        return done
    finally:
        server.close()


def give_up_stuck(context: Any) -> int:
    """Mark letters as of unknown fate that a crash left between claim and outcome."""

    def mark(tx: Any) -> int:
        stuck = repository.find_stuck(tx, real_now() - STUCK_AFTER, BATCH)
        for letter in stuck:
            letter.mark_unknown(tx.now, "the sender stopped before the outcome was known")
            repository.save_letter(tx, letter)
        return len(stuck)

    if not repository.find_stuck(context, real_now() - STUCK_AFTER, 1):
        return 0
    found: int = context.transact("give_up_stuck_letters", mark)
    return found


def _may_have_gone(context: Any, letter: Letter) -> bool:
    """Whether a letter's event happened before a backup was put back: its record may be what was lost."""
    since = context.parts.settings.restored_at
    if since is None or letter.wanted_by_a_person:
        return False
    caused = made_at(letter.cause_id)
    return caused is None or caused < since


def _hold(context: Any, doubtful: list[Letter]) -> int:
    def mark(tx: Any) -> int:
        for one in doubtful:
            letter = repository.get_letter(tx, one.id)
            letter.hold(tx.now, "a backup was put back after its event: it may have gone before")
            repository.save_letter(tx, letter)
        return len(doubtful)

    held: int = context.transact("hold_doubtful_letters", mark)
    return held


def _post(context: Any, server: MailServer, due: list[Letter]) -> int:
    last: Prepared | None = None
    done = 0
    try:
        # all of it first: nothing that takes time may stand between a claim and its outcome
        for current in _prepare_all(context, due):
            server.connect()
            claimed = _turn(context, last, current)
            done, last = done + (last is not None), None
            if claimed:
                last = current
                current.outcome = _send(server, current)
    except MailServerAway as away:
        # whatever is still queued stays so; the loop comes again
        log.warning("mail_server_away", problem=str(away))
    finally:
        if last is not None:
            _turn(context, last, None)
            done += 1
    return done


def _send(server: MailServer, prepared: Prepared) -> Outcome:
    if prepared.outcome is not None:
        return prepared.outcome
    if prepared.message is None:
        return Outcome(Fate.REFUSED, prepared.problem)
    said = server.send(prepared.message)
    return replace(said, problem=mask_addresses(said.problem, prepared.recipient))


def _prepare_all(context: Any, due: list[Letter]) -> list[Prepared]:
    recipients: dict[str, Any] = {}
    prepared: list[Prepared] = []
    try:
        for letter in due:
            prepared.append(_prepare(context, letter, recipients))
    except Unavailable:
        # registration is away: what is ready goes, the others wait for it
        log.warning("recipients_unavailable", ready=len(prepared))
    return prepared


def _prepare(context: Any, letter: Letter, recipients: dict[str, Any]) -> Prepared:
    """Ask who gets the letter and, where it carries one, for its one-time link; then lay it out."""
    prepared = Prepared(letter, new_id("claim"))
    calls, settings = context.parts.calls, context.parts.settings
    try:
        if letter.account_id not in recipients:
            found = calls.call("registration", "letter_recipient", {"account_id": letter.account_id})
            recipients[letter.account_id] = found
        recipient = recipients[letter.account_id]
        purpose = LINKS.get(letter.template)
        link = None
        if purpose:
            asked = {"account_id": letter.account_id, "purpose": purpose}
            # a new link ends the one before: while ours may still be made, no other replica may send his
            context.keep_lease(2 * settings.rpc_timeout)
            link = calls.call("registration", "letter_link", asked)["url"]
        parts = lay_out(
            letter.subject, letter.body, name=recipient["name"], site=settings.site_url, link=link
        )
        prepared.message = build_message(
            letter.id, letter.correlation_id, parts, settings.mail_from,
            recipient["email"], recipient["name"], real_now(),
        )  # fmt: skip
        prepared.recipient = recipient["email"]
        prepared.sent_to = mask_address(prepared.recipient)
    except (Unavailable, LeaseLost):
        raise
    except (NotYet, TooManyRequests) as refusal:
        # this letter waits; the others must not wait behind it
        prepared.outcome = Outcome(Fate.PUT_OFF, f"{refusal.code}: {refusal.en}")
    except NotFound:
        prepared.problem = "there is nobody to write to: the account is not known"
    except Refusal as refusal:
        prepared.problem = f"{refusal.code}: {refusal.en}"
    except ValueError as error:
        prepared.problem = mask_addresses(f"the address cannot be written to: {error}")
    except Exception as error:
        # a fault of ours with this one letter must not keep all others from leaving
        log.exception("letter_not_prepared", letter=letter.id, correlation_id=letter.correlation_id)
        prepared.outcome = Outcome(Fate.PUT_OFF, f"internal fault: {type(error).__name__}")
    return prepared


def _turn(context: Any, last: Prepared | None, current: Prepared | None) -> bool:
    """Record the last letter's outcome and claim the current one, together; say whether it was claimed."""
    if last is not None:
        _say(last)

    def record_and_claim(tx: Any) -> bool:
        if last is not None:
            _record(tx, last)
        claimed = current is not None and _claim(tx, current)
        if claimed:
            context.keep_lease_in(tx)
        return claimed

    about = (last or current).letter if (last or current) else None  # type: ignore[union-attr]
    turned: bool = context.transact(
        "post_letter", record_and_claim, correlation_id=about.correlation_id if about else ""
    )
    return turned


def _say(last: Prepared) -> None:
    """The last line of the log that carries the correlation id of the request it all began with."""
    outcome = last.outcome or Outcome(Fate.UNKNOWN)
    log.info(
        "letter", letter=last.letter.id, template=last.letter.template, fate=str(outcome.fate),
        problem=outcome.problem, correlation_id=last.letter.correlation_id,
    )  # fmt: skip


def _claim(tx: Any, current: Prepared) -> bool:
    letter = repository.get_letter(tx, current.letter.id)
    try:
        letter.claim(current.token, tx.now, real_now())
        repository.save_letter(tx, letter)
    except Conflict:
        return False
    return True


def _record(tx: Any, last: Prepared) -> None:
    letter = repository.get_letter(tx, last.letter.id)
    outcome = last.outcome or Outcome(Fate.UNKNOWN, "the sender failed before the outcome was known")
    try:
        _settle(letter, last, outcome)(tx.now)
    except Conflict:
        # given up as stuck, or settled by a person meanwhile: that stands
        return
    repository.save_letter(tx, letter)
    told = {name: getattr(letter, name) for name in ("template", "account_id", "cause_id")}
    if outcome.fate is Fate.SENT:
        tx.emit(NotificationSent, letter.id, letter.version, {"letter_id": letter.id, **told})
    elif letter.status == "failed":
        problem = {"letter_id": letter.id, **told, "problem": letter.problem}
        tx.emit(NotificationFailed, letter.id, letter.version, problem)


def _settle(letter: Letter, last: Prepared, outcome: Outcome) -> Callable[[datetime], Any]:
    match outcome.fate:
        case Fate.SENT:
            return lambda now: letter.mark_sent(last.token, now, last.sent_to)
        case Fate.PUT_OFF:
            return lambda now: letter.put_off(last.token, now, real_now(), outcome.problem)
        case Fate.REFUSED:
            return lambda now: letter.mark_failed(last.token, now, outcome.problem)
        case _:
            return lambda now: letter.mark_unknown(now, outcome.problem)
