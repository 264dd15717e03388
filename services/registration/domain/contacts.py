"""Mail addresses and phone numbers: one form to keep, one to compare, one to show."""

from __future__ import annotations

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from contracts.errors import InvalidInput

HOME_REGION = "CN"


def read_email(text: str, field: str) -> str:
    """Return the address in its normal form.

    Raises InvalidInput where no mail could reach it. Names are not looked up: whether a domain answers today
    is not a rule of the contest.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise InvalidInput.of(field, "email", "不是有效的电子邮箱", "Not a valid email address.") from error
    return found.normalized


def email_key(email: str) -> str:
    """Return what two spellings of one mailbox have in common."""
    return email.casefold()


def read_phone(text: str, field: str) -> str:
    """Return the number as E.164; without a country code it is one of China.

    Raises InvalidInput for what is no number that could be called.
    """
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise _no_phone(field) from error
    if not phonenumbers.is_valid_number(number):
        raise _no_phone(field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask_email(email: str) -> str:
    """Return the address with at most two characters of the mailbox, e.g. ``li***@example.cn``."""
    if not email:
        return ""
    mailbox, _, domain = email.rpartition("@")
    shown = mailbox[: min(len(mailbox) // 2, 2)]
    return f"{shown}***@{domain}"


def mask_phone(phone: str) -> str:
    """Return the number with its last four digits only, e.g. ``+86*******8000``."""
    if not phone:
        return ""
    country = phone[:3] if phone.startswith("+") else ""
    hidden = len(phone) - len(country) - 4
    return f"{country}{'*' * max(hidden, 4)}{phone[-4:] if hidden > 0 else ''}"


def _no_phone(field: str) -> InvalidInput:
    return InvalidInput.of(field, "phone", "不是有效的电话号码", "Not a valid phone number.")
