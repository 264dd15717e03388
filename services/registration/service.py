"""Registration's table of contents: which function answers which method."""

from __future__ import annotations

from contracts.rpc import registration as rpc
from plumbing.service import Command, Loop, Service
from services.registration import repository, upkeep
from services.registration.commands import (
    accounts,
    clock,
    editions,
    experts,
    links,
    personal,
    sessions,
    units,
)
from services.registration.personal import show_personal
from services.registration.queries import editions as edition_queries
from services.registration.queries import people
from services.registration.queries.personal import export_personal_data

SERVICE = Service(
    name="registration",
    commands={
        rpc.publish_edition: editions.publish_edition,
        rpc.move_schedule: editions.move_schedule,
        rpc.advance_clock: Command(clock.advance_clock, prepare=clock.prepare_advance),
        rpc.register_unit: Command(units.register_unit, prepare=units.count_signup),
        rpc.update_unit: units.update_unit,
        rpc.suspend_unit: units.suspend_unit,
        rpc.reinstate_unit: units.reinstate_unit,
        rpc.invite_member: units.invite_member,
        rpc.invite_account: accounts.invite_account,
        rpc.suspend_account: accounts.suspend_account,
        rpc.reinstate_account: accounts.reinstate_account,
        rpc.accept_invitation: Command(accounts.accept_invitation, prepare=accounts.prepare_acceptance),
        rpc.decline_invitation: Command(accounts.decline_invitation, prepare=accounts.prepare_decline),
        rpc.bootstrap_operator: Command(accounts.bootstrap_operator, prepare=accounts.prepare_bootstrap),
        rpc.enroll_expert: experts.enroll_expert,
        rpc.enroll_experts: experts.enroll_experts,
        rpc.update_expert: experts.update_expert,
        rpc.suspend_expert: experts.suspend_expert,
        rpc.reinstate_expert: experts.reinstate_expert,
        rpc.sign_in: Command(
            sessions.sign_in, sessions.prepare_sign_in, guard=sessions.count_sign_in, secret=True
        ),
        rpc.refresh_session: Command(
            sessions.refresh_session, sessions.prepare_refresh, guard=sessions.count_refresh, secret=True
        ),
        rpc.sign_out: sessions.sign_out,
        rpc.revoke_sessions: sessions.revoke_sessions,
        rpc.request_password_reset: Command(sessions.request_password_reset, prepare=sessions.count_reset),
        rpc.reset_password: Command(sessions.reset_password, prepare=sessions.prepare_reset),
        rpc.letter_link: Command(links.letter_link, prepare=links.prepare_link, secret=True),
        rpc.erase_personal_data: Command(personal.erase_personal_data, prepare=personal.prepare_erasure),
    },
    queries={
        rpc.get_edition: edition_queries.get_edition,
        rpc.list_editions: edition_queries.list_editions,
        rpc.business_time: edition_queries.business_time,
        rpc.get_unit: people.get_unit,
        rpc.list_units: people.list_units,
        rpc.get_expert: people.get_expert,
        rpc.list_experts: people.list_experts,
        rpc.list_accounts: people.list_accounts,
        rpc.who_am_i: people.who_am_i,
        rpc.letter_recipient: people.letter_recipient,
        rpc.export_personal_data: export_personal_data,
    },
    loops={"sweep_expired": Loop(upkeep.sweep_expired, every=600.0)},
    indexes=repository.INDEXES,
    show_personal=show_personal,
    erase_personal=personal.forget,
    invariants=[upkeep.check_contacts, upkeep.check_experts],
)
