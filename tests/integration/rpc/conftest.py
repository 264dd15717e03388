"""A running platform with a contest under way, tokens of every role, a caller that may send anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pymongo import MongoClient

from contracts.edition import edition_from_dict
from contracts.fields import format_moment
from contracts.words import Role
from demo.cast import Cast, invent_cast
from demo.mailbox import Mailbox
from demo.phases.collection import _checked, upload_material
from demo.phases.opening import as_person
from demo.phases.signup import _as_expert, _as_unit
from demo.stage import Stage
from plumbing.bus.client import Client
from plumbing.identity.keys import Keyring
from plumbing.identity.tokens import Tokens
from plumbing.settings import Settings
from runner.services import ServiceProcesses
from runner.stack import Stack
from runner.stack.state import ROOT
from tests.support.raw_caller import RawCaller


class Quiet:
    """Shows nothing."""

    def advance(self, count: int = 1) -> None:
        """Move no bar."""

    def total(self, count: int) -> None:
        """Know no length."""

    def say(self, zh: str, en: str) -> None:
        """Say nothing."""


@dataclass
class Platform:
    """The five services at work; ``people`` are claims by role, ``known`` identifiers by field name."""

    stack: Stack
    stage: Stage
    raw: RawCaller
    people: dict[Role, dict[str, str | None]]
    keyring: Keyring
    known: dict[str, list[Any]]
    signers: dict[str, Tokens] = field(default_factory=dict)

    def token_for(self, role: Role, service: str) -> str:
        """Return a fresh good token of the role for a service; the role of services is another service's."""
        if role is Role.SERVICE:
            return self.signer("notify" if service != "notify" else "review").for_service(service)
        claims = self.people[role]
        subject = claims["subject"] or f"acc-nobody-{role}"
        own = {name: claims[name] for name in ("unit_id", "expert_id")}
        return self.signer("registration").sign_user(subject, [role], **own)

    def signer(self, service: str) -> Tokens:
        """Return what signs with the service's own key."""
        if service not in self.signers:
            settings = Settings.from_environment(service, self.stack.environment(service))
            self.signers[service] = Tokens(service, self.keyring, settings.signing_key)
        return self.signers[service]

    def remember(self, value: Any) -> None:
        """Keep the identifiers in a result, for later calls to use."""
        if isinstance(value, dict):
            for name, inner in value.items():
                if name.endswith("_id") and isinstance(inner, str):
                    kept = self.known.setdefault(name, [])
                    if inner not in kept and len(kept) < 30:
                        kept.append(inner)
                self.remember(inner)
        elif isinstance(value, list):
            for inner in value:
                self.remember(inner)


@pytest.fixture(scope="module")
def mongo(own_mongo: MongoClient[dict[str, Any]]) -> MongoClient[dict[str, Any]]:
    """The operator's connection to this file's own database server."""
    return own_mongo


@pytest.fixture(scope="module")
def platform(own_stack: Stack) -> Iterator[Platform]:
    """Five real services on a stack of their own, and the beginning of a contest played on them."""
    stack = own_stack
    services = ServiceProcesses(stack)
    services.start()
    environment = stack.environment()
    address = urlsplit(environment["XINLV_AMQP_URL"])
    raw = RawCaller(
        f"{address.hostname}:{address.port}", str(address.username), str(address.password), "xinlv"
    )
    client = Client(environment["XINLV_AMQP_URL"], timeout=30.0, name="tests")
    try:
        stage = _set_stage(stack, client)
        _begin_contest(stage)
        keyring = Keyring(Settings.from_environment(None, environment).keyring)
        known: dict[str, list[Any]] = {"edition_id": [stage.edition.id]}
        yield Platform(stack, stage, raw, _people(stage), keyring, known)
    finally:
        raw.close()
        client.close()
        services.stop()


def _set_stage(stack: Stack, client: Client) -> Stage:
    data = yaml.safe_load((ROOT / "editions" / "xinlv-3.yaml").read_text("utf-8"))
    opens = datetime.fromisoformat(next(w for w in data["windows"] if w["id"] == "collection")["opens_at"])
    shift = datetime.now(UTC) - opens.astimezone(UTC) - timedelta(hours=1)
    for window in data["windows"]:
        for bound in ("opens_at", "closes_at"):
            window[bound] = format_moment(datetime.fromisoformat(window[bound]) + shift)
    edition = edition_from_dict(data)
    cast = invent_cast(7, [(track.id, track.number) for track in edition.tracks], 3, 3, 2)
    return Stage(
        client=client, mailbox=Mailbox(stack.letters), cast=cast, edition_data=data, edition=edition, seed=7,
        bootstrap_secret=stack.environment()["XINLV_BOOTSTRAP_SECRET"], show=Quiet(), workers=3,
    )  # fmt: skip


def _begin_contest(stage: Stage) -> None:
    cast: Cast = stage.cast
    operator, secretary = cast.operator, cast.secretariat[0]
    stage.call(
        None, "registration.bootstrap_operator", secret=stage.bootstrap_secret, person=as_person(operator),
        password=operator.password,
    )  # fmt: skip
    stage.sign_in(operator)
    stage.call(operator, "registration.invite_account", role="secretariat", person=as_person(secretary))
    stage.accept_by_letter(secretary)
    stage.call(secretary, "registration.publish_edition", edition=stage.edition_data)
    for unit in cast.units:
        unit.unit_id = stage.call(None, "registration.register_unit", **_as_unit(stage, unit))["unit_id"]
        stage.accept_by_letter(unit.contact)
    rows = [_as_expert(expert, 10) for expert in cast.experts]
    done = stage.call(secretary, "registration.enroll_experts", experts=rows)
    for row in done["rows"]:
        cast.experts[row["row"]].expert_id = row["expert_id"]
        stage.accept_by_letter(cast.experts[row["row"]].person)
    for case in cast.cases:
        draft = stage.call(
            case.unit.contact, "submission.save_draft", edition_id=stage.edition.id, track=case.track,
            title=case.title, summary=case.summary,
        )  # fmt: skip
        case.case_id, case.version = draft["case_id"], draft["draft_version"]
    case = cast.cases[0]
    file = upload_material(stage, case, "attachment", "a.pdf", "application/pdf", b"%PDF-1.4 not really")
    stage.await_until("the checker's word", lambda: _checked(stage, case, file))


def _people(stage: Stage) -> dict[Role, dict[str, str | None]]:
    cast = stage.cast
    there = {
        Role.OPERATOR: cast.operator,
        Role.SECRETARIAT: cast.secretariat[0],
        Role.ENTRANT: cast.units[0].contact,
        Role.EXPERT: cast.experts[0].person,
    }
    claims: dict[Role, dict[str, str | None]] = {
        role: {
            "subject": there[role].account_id if role in there else None,
            "unit_id": None,
            "expert_id": None,
        }
        for role in Role
    }
    claims[Role.ENTRANT]["unit_id"] = cast.units[0].unit_id
    claims[Role.EXPERT]["expert_id"] = cast.experts[0].expert_id
    return claims
