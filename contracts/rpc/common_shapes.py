"""The shapes of what every service can be asked alike; the methods themselves are in common.py."""

from __future__ import annotations

from typing import Final

from marshmallow import fields

from contracts.fields import Choice, Id, Many, Moment, Strict, Text
from contracts.rpc.method import Page
from contracts.words import SERVICES, JobStatus

MOST_FINDINGS: Final = 1000
MOST_PERSONAL: Final = 1000


class JobArgs(Strict):
    job_id = Id(required=True)


class JobView(Strict):
    """Where a job stands; ``problem`` is the refusal a failed one ended with."""

    job_id = Id(required=True)
    kind = Id(required=True)
    status = Choice(JobStatus, required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    actor = fields.String(required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)
    result = fields.Dict(required=True, allow_none=True)
    problem = fields.Dict(required=True, allow_none=True)


class JobsPage(Page):
    status = Choice(JobStatus, load_default=None, allow_none=True)


class OutcomesPage(Page):
    job_id = Id(required=True)


class JobOutcome(Strict):
    row = fields.String(required=True)
    outcome = fields.String(required=True)
    details = fields.Dict(required=True)


class AuditPage(Page):
    actor = Text(120, load_default=None, allow_none=True)
    subject = Text(120, load_default=None, allow_none=True)
    action = Text(120, load_default=None, allow_none=True)
    since = Moment(load_default=None, allow_none=True)
    until = Moment(load_default=None, allow_none=True)


class AuditRow(Strict):
    audit_id = Id(required=True)
    at = Moment(required=True)
    actor = fields.String(required=True)
    roles = Many(fields.String(), 20, required=True)
    action = fields.String(required=True)
    subject = fields.String(required=True)
    reason = fields.String(required=True)
    correlation_id = fields.String(required=True)
    details = fields.Dict(required=True)


class EmittedPage(Page):
    type = Text(200, load_default=None, allow_none=True)
    subject = Text(120, load_default=None, allow_none=True)
    since = Moment(load_default=None, allow_none=True)
    until = Moment(load_default=None, allow_none=True)


class EmittedEvent(Strict):
    """One row of the outbox's history; ``published_at`` is null while the broker has not confirmed it."""

    event_id = Id(required=True)
    type = fields.String(required=True)
    subject = fields.String(required=True)
    sequence = fields.Integer(required=True)
    correlation_id = fields.String(required=True)
    created_at = Moment(required=True)
    published_at = Moment(required=True, allow_none=True)


class EventRef(Strict):
    event_id = Id(required=True)
    type = Text(200, required=True)


class EventRefs(Strict):
    events = Many(EventRef, 200, 1, required=True)


class Unhandled(Strict):
    event_id = Id(required=True)
    type = fields.String(required=True)
    reactions = Many(fields.String(), 50, 1, required=True)


class UnhandledList(Strict):
    unhandled = Many(Unhandled, required=True)


class WantedEvent(Strict):
    type = fields.String(required=True)
    reactions = Many(fields.String(), 50, 1, required=True)


class WantedEvents(Strict):
    events = Many(WantedEvent, 500, required=True)


class Finding(Strict):
    check = fields.String(required=True)
    subject = fields.String(required=True)
    problem = fields.String(required=True)


class IntegrityArgs(Strict):
    """``checks``: which to make, all unless given; an empty list makes none and tells which are known."""

    checks = Many(Id(), 50, load_default=None, allow_none=True)


class Integrity(Strict):
    """What the service's own checks found; ``checked`` says which ran, so that silence means something.

    ``known``: all that could run. ``seen`` says how many things a check looked at, where it counts them.
    """

    checked = Many(fields.String(), required=True)
    known = Many(fields.String(), required=True)
    findings = Many(Finding, MOST_FINDINGS, required=True)
    truncated = fields.Boolean(required=True)
    seen = fields.Dict(keys=fields.String(), values=fields.Integer(), load_default=dict)


class ReplayArgs(Strict):
    """Events of this service emitted in [since, until), to be sent to one inbox again with the same ids."""

    to = Choice(SERVICES, required=True)
    type = Text(200, load_default=None, allow_none=True)
    since = Moment(required=True)
    until = Moment(load_default=None, allow_none=True)


class ParkedMessage(Strict):
    """A message set aside; ``body`` is cut at 20,000 characters."""

    parked_id = Id(required=True)
    event_id = fields.String(required=True)
    type = fields.String(required=True)
    reason = fields.String(required=True)
    attempts = fields.Integer(required=True)
    origin = fields.String(required=True)
    parked_at = fields.String(required=True)
    body = fields.String(required=True)


class ParkedArgs(Strict):
    """Which parked messages: those named, or all of them when none is named and ``all`` is true."""

    parked_ids = Many(Id(), 200, load_default=list)
    all = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class DiscardArgs(ParkedArgs):
    reason = Text(500, required=True)


class ParkedDone(Strict):
    """``missing`` names ids that were not parked (any more); at most 1,000 are chosen in one call.

    The job settles exactly the chosen ones; there is none where nothing was chosen. ``left`` is how many
    stay parked when it has ended.
    """

    chosen = Many(Id(), 1000, required=True)
    missing = Many(Id(), required=True)
    left = fields.Integer(required=True)
    job_id = Id(required=True, allow_none=True)


class PersonArgs(Strict):
    account_id = Id(required=True)


class PersonalRecord(Strict):
    """One record that names a person, as it is kept; secrets and their hashes are left out."""

    collection = fields.String(required=True)
    id = fields.String(required=True)
    content = fields.Dict(required=True)


class PersonalData(Strict):
    records = Many(PersonalRecord, MOST_PERSONAL, required=True)
    truncated = fields.Boolean(required=True)


class Lease(Strict):
    name = fields.String(required=True)
    holder = fields.String(required=True)
    until = Moment(required=True)


class Health(Strict):
    outbox_depth = fields.Integer(required=True)
    outbox_oldest_seconds = fields.Float(required=True)
    inbox_depth = fields.Integer(required=True)
    parked = fields.Integer(required=True)
    open_jobs = fields.Integer(required=True)
    leases = Many(Lease, required=True)


class OutcomeArgs(Strict):
    """The command id, and whose; without ``actor`` the caller's own."""

    command_id = Text(200, required=True)
    actor = Text(120, load_default=None, allow_none=True)


class CommandOutcome(Strict):
    found = fields.Boolean(required=True)
    method = fields.String(required=True, allow_none=True)
    at = Moment(required=True, allow_none=True)
    event_ids = Many(Id(), required=True)
