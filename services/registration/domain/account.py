"""An account: invited, then active or declined; suspended and reinstated by an operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.errors import Conflict, FieldError, InvalidInput, NotAllowed
from contracts.words import Role
from services.registration.domain.contacts import email_key, read_email, read_phone

MOST_MEMBERS = 20
ERASED = "已注销"
"""What stands where a name stood."""
STAFF_INVITES = {
    Role.OPERATOR: {Role.RECOMMENDER, Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR},
    Role.SECRETARIAT: {Role.RECOMMENDER, Role.SECRETARIAT},
}
"""Whom each role may invite: who runs the contest cannot appoint who watches it or who runs the machines."""


@dataclass
class Person:
    """Somebody to be reached; mail and phone in their normal forms."""

    name: str
    email: str
    phone: str
    language: str


@dataclass
class Account:
    id: str
    name: str
    email: str
    email_key: str
    phone: str
    language: str
    roles: list[str]
    unit_id: str | None
    expert_id: str | None
    status: str
    invited_by: str
    created_at: datetime
    password: str | None = None
    sessions_revoked_at: datetime | None = None
    version: int = 0

    def accept(self, password: str) -> None:
        """Take up the invitation with a hashed password."""
        self._require("invited", "邀请已经处理过。", "The invitation was already answered.")
        self.status, self.password = "active", password

    def decline(self) -> None:
        """Turn the invitation down."""
        self._require("invited", "邀请已经处理过。", "The invitation was already answered.")
        self.status = "declined"

    def change_password(self, password: str) -> None:
        """Replace the hashed password."""
        self._require("active", "账号未启用。", "The account is not active.")
        self.password = password

    def opens_to(self, verified: str | None) -> bool:
        """Whether the hashed password that somebody was found to know opens the account now."""
        return self.status == "active" and verified is not None and verified == self.password

    def suspend(self) -> None:
        """Close the account to its owner."""
        if self.status == "suspended":
            raise Conflict("账号已停用。", "The account is already suspended.")
        if self.is_erased:
            raise Conflict("账号信息已删除。", "The account is erased.")
        self.status = "suspended"

    def reinstate(self) -> None:
        """Open the account again: active where a password was chosen, otherwise invited."""
        self._require("suspended", "账号未停用。", "The account is not suspended.")
        self.status = "active" if self.password else "invited"

    @property
    def is_erased(self) -> bool:
        """Whether the person is gone for good."""
        return self.status == "erased"

    def erase(self) -> None:
        """Blank the person; the account's number stays, because others' records point at it."""
        if self.is_erased:
            raise Conflict("账号信息已删除。", "The account is erased already.")
        self.status, self.name, self.email, self.phone, self.password = "erased", ERASED, "", "", None
        # must differ from every other account's, and from every address
        self.email_key = f"erased:{self.id}"

    def revoke_sessions(self, now: datetime) -> None:
        """Remember from when on older tokens are void."""
        self.sessions_revoked_at = now

    def _require(self, status: str, zh: str, en: str) -> None:
        if self.status != status:
            raise Conflict(zh, en, status=self.status)


def read_person(data: dict[str, str], field: str) -> Person:
    """Return a person with mail and phone in normal form.

    Raises InvalidInput naming every field at fault.
    """
    wrong: list[FieldError] = []
    email = phone = ""
    try:
        email = read_email(data["email"], f"{field}.email")
    except InvalidInput as error:
        wrong += error.fields
    try:
        phone = read_phone(data["phone"], f"{field}.phone")
    except InvalidInput as error:
        wrong += error.fields
    if wrong:
        raise InvalidInput(wrong)
    return Person(data["name"], email, phone, data["language"])


def invite(
    account_id: str, person: Person, role: Role, invited_by: str, now: datetime,
    unit_id: str | None = None, expert_id: str | None = None,
) -> Account:  # fmt: skip
    """Return a new account that waits for its owner's acceptance."""
    return Account(
        id=account_id, name=person.name, email=person.email, email_key=email_key(person.email),
        phone=person.phone, language=person.language, roles=[str(role)], unit_id=unit_id, expert_id=expert_id,
        status="invited", invited_by=invited_by, created_at=now,
    )  # fmt: skip


def require_may_invite(inviter: frozenset[Role], role: Role) -> None:
    """Raise NotAllowed unless one of the inviter's roles may invite this one."""
    if not any(role in STAFF_INVITES.get(own, set()) for own in inviter):
        raise NotAllowed("您不能邀请这一角色。", "You may not invite this role.", role=str(role))
