"""What can be asked of registration: editions, units, experts, accounts and sessions."""

from contracts.rpc.registration.accounts import (
    accept_invitation,
    bootstrap_operator,
    decline_invitation,
    invite_account,
    letter_link,
    letter_recipient,
    list_accounts,
    reinstate_account,
    suspend_account,
    who_am_i,
)
from contracts.rpc.registration.editions import (
    advance_clock,
    business_time,
    get_edition,
    list_editions,
    move_schedule,
    publish_edition,
)
from contracts.rpc.registration.experts import (
    enroll_expert,
    enroll_experts,
    get_expert,
    list_experts,
    reinstate_expert,
    suspend_expert,
    update_expert,
)
from contracts.rpc.registration.personal import erase_personal_data, export_personal_data
from contracts.rpc.registration.sessions import (
    refresh_session,
    request_password_reset,
    reset_password,
    revoke_sessions,
    sign_in,
    sign_out,
)
from contracts.rpc.registration.units import (
    get_unit,
    invite_member,
    list_units,
    register_unit,
    reinstate_unit,
    suspend_unit,
    update_unit,
)

__all__ = [
    "accept_invitation", "advance_clock", "bootstrap_operator", "business_time", "decline_invitation",
    "enroll_expert", "enroll_experts", "erase_personal_data", "export_personal_data",
    "get_edition", "get_expert", "get_unit", "invite_account",
    "invite_member", "letter_link", "letter_recipient", "list_accounts", "list_editions", "list_experts",
    "list_units", "move_schedule", "publish_edition", "refresh_session", "register_unit",
    "reinstate_account", "reinstate_expert", "reinstate_unit", "request_password_reset", "reset_password",
    "revoke_sessions", "sign_in", "sign_out", "suspend_account", "suspend_expert", "suspend_unit",
    "update_expert", "update_unit", "who_am_i",
]  # fmt: skip
