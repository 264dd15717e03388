"""Editions, their schedule, and the time by which the platform decides."""

from __future__ import annotations

from marshmallow import fields, validate

from contracts.errors import NotFound
from contracts.fields import Choice, Id, Moment, Strict, Text
from contracts.rpc.method import PUBLIC, command, listing, query
from contracts.rpc.registration.people import STAFF
from contracts.rpc.shared import EditionArgs, Nothing
from contracts.words import Role


class PublishEditionArgs(Strict):
    edition = fields.Dict(required=True, metadata={"description": "the whole rules: see contracts/edition"})


class EditionChange(Strict):
    """One part of the rules that differs from the version before; ``part`` is a path, e.g. windows.signup."""

    part = Text(200, required=True)
    change = Choice(("added", "removed", "changed"), required=True)


class EditionOutcome(Strict):
    """``changed`` is false where the same rules stand already; then nothing is told."""

    edition_id = Id(required=True)
    version = fields.Integer(required=True)
    changed = fields.Boolean(required=True)
    changes = fields.List(fields.Nested(EditionChange), required=True)


class EditionShown(Strict):
    edition_id = Id(required=True)
    version = fields.Integer(required=True)
    published_at = Moment(required=True)
    edition = fields.Dict(required=True)


class EditionRow(Strict):
    edition_id = Id(required=True)
    code = Id(required=True)
    name = fields.Dict(required=True)
    version = fields.Integer(required=True)
    published_at = Moment(required=True)


class MoveScheduleArgs(Strict):
    """The new bounds of one window; one left out stays. ``reason`` is announced with the change."""

    edition_id = Id(required=True)
    window = Id(required=True)
    opens_at = Moment(load_default=None, allow_none=True)
    closes_at = Moment(load_default=None, allow_none=True)
    reason = Text(500, required=True)


class ScheduleOutcome(Strict):
    edition_id = Id(required=True)
    version = fields.Integer(required=True)
    window = Id(required=True)
    old_opens_at = Moment(required=True)
    old_closes_at = Moment(required=True)
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)


class BusinessTime(Strict):
    """``offset_seconds`` is how far the clock was moved from real time; 0 outside the local profile."""

    now = Moment(required=True)
    offset_seconds = fields.Float(required=True)


class AdvanceClockArgs(Strict):
    """Either ``to`` a moment or by ``seconds``; the clock never goes back."""

    to = Moment(load_default=None, allow_none=True)
    seconds = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 10 * 366 * 86400)
    )


publish_edition = command(
    "registration", "publish_edition",
    "Publish an edition or its next version; a dry run shows what would change. What is over stays.",
    args=PublishEditionArgs, result=EditionOutcome, roles=STAFF, dry_run=True,
)  # fmt: skip
move_schedule = command(
    "registration", "move_schedule",
    "Move one window of an edition and tell why; a bound that has passed stays.",
    args=MoveScheduleArgs, result=ScheduleOutcome, roles=STAFF, dry_run=True,
)  # fmt: skip
get_edition = query(
    "registration", "get_edition",
    "An edition's rules and dates as last published.",
    args=EditionArgs, result=EditionShown, roles=PUBLIC, errors=[NotFound],
)  # fmt: skip
list_editions = listing(
    "registration", "list_editions",
    "All published editions.", item=EditionRow, roles=PUBLIC,
)  # fmt: skip
business_time = query(
    "registration", "business_time",
    "The time by which the platform decides.",
    args=Nothing, result=BusinessTime, roles=PUBLIC,
)  # fmt: skip
advance_clock = command(
    "registration", "advance_clock",
    "Move the business clock forward; only where the platform runs locally.",
    args=AdvanceClockArgs, result=BusinessTime, roles=[Role.OPERATOR], dry_run=True,
)  # fmt: skip
