"""Schemas and small declarations that the methods of several services use."""

from __future__ import annotations

from marshmallow import fields

from contracts.fields import Id, Strict, Text


class Nothing(Strict):
    """No arguments, or an empty answer."""


class EditionArgs(Strict):
    edition_id = Id(required=True)


class JobStarted(Strict):
    """A job was taken on; ask ``job`` for its progress. With a dry run ``job_id`` is null."""

    job_id = Id(required=True, allow_none=True)
    rows = fields.Integer(required=True)
    summary = fields.Dict(required=True)


class Link(Strict):
    """A short-lived link to an object in storage."""

    url = Text(4000, required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})
