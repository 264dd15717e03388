"""What a person decides about a letter that did not simply go."""

from __future__ import annotations

from typing import Any

from services.notify import repository
from services.notify.domain.letter import Letter


def resend_letter(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Queue a failed letter, or one of unknown fate, once more."""
    letter = repository.get_letter(tx, args["letter_id"])
    letter.resend(tx.caller.subject, tx.now, args["reason"])
    return _keep(tx, letter)


def settle_letter(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Write down whether a letter of unknown fate arrived, or close one that failed."""
    letter = repository.get_letter(tx, args["letter_id"])
    letter.settle(tx.caller.subject, tx.now, args["arrived"], args["reason"])
    return _keep(tx, letter)


def _keep(tx: Any, letter: Letter) -> dict[str, Any]:
    repository.save_letter(tx, letter)
    return {"letter_id": letter.id, "status": str(letter.status), "version": letter.version}
