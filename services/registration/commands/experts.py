"""Entering experts in the pool and changing what judging needs to know of them."""

from __future__ import annotations

from typing import Any

from contracts.errors import Conflict, NotAllowed, Refusal
from contracts.events import registration as events
from contracts.words import Role
from plumbing.store.ids import new_id
from services.registration import repository
from services.registration.commands.told import end_sessions, tell_invited
from services.registration.domain.account import Account, Person, invite, read_person
from services.registration.domain.contacts import email_key
from services.registration.domain.expert import PARTICULARS, Expert, require_tracks_known
from services.registration.rights import require_expert

Json = dict[str, Any]


def enroll_expert(tx: Any, args: Json) -> Json:
    """Enter one expert and invite him."""
    person = read_person(args["person"], "person")
    require_tracks_known(args["tracks"], repository.known_tracks(tx))
    return _outcome(_enroll(tx, args, person))


def enroll_experts(tx: Any, args: Json) -> Json:
    """Enter many experts; each row is enrolled or refused by itself."""
    known = repository.known_tracks(tx)
    seen: set[str] = set()
    rows = [_try_row(tx, index, row, known, seen) for index, row in enumerate(args["experts"])]
    enrolled = sum(row["outcome"] == "enrolled" for row in rows)
    return {"enrolled": enrolled, "refused": len(rows) - enrolled, "rows": rows}


def update_expert(tx: Any, args: Json) -> Json:
    """Change an expert's particulars; how much he can be given is for the secretariat to say."""
    expert = repository.get(tx, Expert, args["expert_id"])
    require_expert(tx.caller, expert.id, repository.missing(Expert))
    repository.require_version(expert, args["version"])
    if "tracks" in args:
        require_tracks_known(args["tracks"], repository.known_tracks(tx))
    if "capacity" in args and not tx.caller.has(Role.SECRETARIAT):
        raise NotAllowed("评审数量上限由秘书处设定。", "The secretariat sets the capacity.", field="capacity")
    expert.update(args)
    repository.save(tx, expert)
    tx.emit(events.ExpertUpdated, expert.id, expert.version, expert.told())
    return _outcome(expert)


def suspend_expert(tx: Any, args: Json) -> Json:
    """Keep an expert from judging and sign him out."""
    expert = repository.get(tx, Expert, args["expert_id"])
    expert.suspend()
    repository.save(tx, expert)
    tx.emit(events.ExpertSuspended, expert.id, expert.version, {**expert.told(), "reason": args["reason"]})
    end_sessions(tx, repository.get(tx, Account, expert.account_id), "expert suspended")
    return _outcome(expert)


def reinstate_expert(tx: Any, args: Json) -> Json:
    """Let a suspended expert judge again."""
    expert = repository.get(tx, Expert, args["expert_id"])
    expert.reinstate(repository.get(tx, Account, expert.account_id).status)
    repository.save(tx, expert)
    tx.emit(events.ExpertUpdated, expert.id, expert.version, expert.told())
    return _outcome(expert)


def _try_row(tx: Any, index: int, row: Json, known: frozenset[str], seen: set[str]) -> Json:
    # what could be refused is found before anything is written: inside one transaction a failed write would
    # take the other rows with it
    try:
        person = read_person(row["person"], f"experts.{index}.person")
        require_tracks_known(row["tracks"], known)
        key = email_key(person.email)
        if key in seen or repository.find_account_by_email(tx, key):
            raise Conflict(*repository.TAKEN[Account], field=f"experts.{index}.person.email")
        seen.add(key)
    except Refusal as refusal:
        return {
            "row": index, "outcome": "refused", "expert_id": None, "account_id": None,
            "problem": refusal.to_problem(),
        }  # fmt: skip
    expert = _enroll(tx, row, person)
    return {
        "row": index, "outcome": "enrolled", "expert_id": expert.id, "account_id": expert.account_id,
        "problem": None,
    }  # fmt: skip


def _enroll(tx: Any, args: Json, person: Person) -> Expert:
    expert_id, account_id = new_id("exp"), new_id("acc")
    expert = Expert(
        id=expert_id, account_id=account_id, enrolled_at=tx.now, **{name: args[name] for name in PARTICULARS}
    )
    account = invite(account_id, person, Role.EXPERT, tx.caller.subject, tx.now, expert_id=expert_id)
    repository.save(tx, expert)
    repository.save(tx, account)
    tx.emit(events.ExpertEnrolled, expert.id, expert.version, expert.told())
    tell_invited(tx, account)
    return expert


def _outcome(expert: Expert) -> Json:
    return {
        "expert_id": expert.id, "account_id": expert.account_id, "version": expert.version,
        "status": expert.status,
    }  # fmt: skip
