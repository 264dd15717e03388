"""No secret is kept under version control, and no well-known password stands where a system is set up."""

from __future__ import annotations

import re

import pytest

from plumbing.settings import WORDS_OF_EXAMPLES, Settings, SettingsError
from runner.security.sbom import ROOT
from tests.security.secrets import scan_text, scan_tree
from tests.support.keys import pem_pair


def test_no_secret_is_kept() -> None:
    assert scan_tree(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        pem_pair()[0],
        'aws = "AKIA' + 'IOSFODNN7EXAMPLE"',
        "ghp_" + "a1B2" * 9,
        "eyJ" + "hbGciOiJFZERT" + ".eyJ" + "zdWIiOiJh" * 2 + "." + "c2ln" * 8,
        "amqp://review:" + "9f3c1b7d2a" + "4e8f60@10.0.0.1/xinlv",
        'PASSWORD = "' + "9f3c1b7d2a" + '4e8f60c5d1"',
        "signing_key: " + "mZ3kQ9xT" + "2vB7nL5w",
    ],
)
def test_the_scanner_bites(text: str) -> None:
    assert list(scan_text("here", text))


@pytest.mark.parametrize(
    "text",
    ["amqp://desk:${PASSWORD}@mq/xinlv", 'password="correct horse"', "token = tokens(Role.ENTRANT)",
     "secret: xinlv-registration-secrets", "password = os.environ['XINLV_BROKER_MANAGEMENT_PASSWORD']"],
)  # fmt: skip
def test_the_scanner_lets_pass_what_is_none(text: str) -> None:
    assert list(scan_text("here", text)) == []


def test_no_well_known_password_stands_in_a_deployment() -> None:
    setting = re.compile(
        rf"(?i)(pass(word)?|secret|_key|user)\w*[\"']?\s*[:=]\s*[\"']?({'|'.join(WORDS_OF_EXAMPLES)})\b[\"']?\s*$",
        re.MULTILINE,
    )
    for folder in ("deploy", "k8s"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                assert not setting.search(path.read_text("utf-8", "replace")), path


@pytest.mark.parametrize(
    ("days", "named"),
    [
        ({"INBOX": "30"}, "INBOX"),
        ({"AUDIT": "90"}, "AUDIT"),
        ({"AUDIT": "200", "COMMANDS": "300"}, "AUDIT"),
        ({"OUTBOX": "0"}, "OUTBOX"),
        ({"OUTBOX": "179"}, "OUTBOX"),
        ({"COMMANDS": "551"}, "OUTBOX"),
        ({"CONTACTS": "soon"}, "CONTACTS"),
    ],
)
def test_retention_that_would_break_something_is_refused(days: dict[str, str], named: str) -> None:
    given = {f"XINLV_RETENTION_{name}_DAYS": value for name, value in days.items()}
    with pytest.raises(SettingsError, match=f"XINLV_RETENTION_{named}_DAYS"):
        Settings.from_environment(None, {"XINLV_PROFILE": "local", **given})


def test_retention_is_a_setting() -> None:
    from plumbing.store.history import Retention

    read = Settings.from_environment(None, {"XINLV_PROFILE": "local", "XINLV_RETENTION_AUDIT_DAYS": "400"})
    kept = Retention.in_days(read.retention_days)
    assert (kept.audit.days, kept.outbox.days) == (400, Retention().outbox.days)
    assert Retention.in_days(Settings().retention_days) == Retention()
