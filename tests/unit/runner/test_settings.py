"""Settings are read once; a bad one is refused in one line that names it."""

from __future__ import annotations

import pytest

from plumbing.settings import SERVICES, Settings, SettingsError

WHOLE = {
    "XINLV_AMQP_URL": "amqp://review:x1@mq/xinlv",
    "XINLV_MONGO_URL": "mongodb://review:x2@db/?replicaSet=rs",
    "XINLV_S3_URL": "https://s3.example.org",
    "XINLV_S3_ACCESS_KEY": "review",
    "XINLV_S3_SECRET_KEY": "x3",
    "XINLV_SIGNING_KEY": "pem",
    "XINLV_KEYRING": '{"review-1": {"issuer": "review", "public": "pem"}}',
    "XINLV_SITE_URL": "https://contest.example.org/",
}


def read(service: str | None = None, **changed: str) -> Settings:
    return Settings.from_environment(
        service, WHOLE | {f"XINLV_{name}": text for name, text in changed.items()}
    )


def test_what_is_given_arrives_and_what_is_not_has_a_default():
    settings = read("review", RETRY_DELAYS="0.5,2", HTTP_PORT="8080")
    assert settings.mongo_database == "xinlv_review"
    assert settings.site_url == "https://contest.example.org"
    assert settings.retry_delays == (0.5, 2.0)
    assert settings.http_port == 8080
    assert settings.s3_public_url == settings.s3_url
    assert settings.keyring["review-1"]["issuer"] == "review"
    assert settings.workers == 10
    assert settings.profile == "production"


def test_the_moment_of_a_restore_is_read_with_its_zone():
    assert read().restored_at is None
    moment = read(RESTORED_AT="2026-05-09T14:30:00+08:00").restored_at
    assert moment is not None and moment.isoformat() == "2026-05-09T14:30:00+08:00"


def test_only_the_local_profile_may_move_the_clock():
    assert not read().clock_offset_allowed
    assert read(PROFILE="local").clock_offset_allowed


def test_secrets_come_from_files_and_never_show(tmp_path):
    file = tmp_path / "key"
    file.write_text("from-a-file\n", encoding="utf-8")
    settings = read("review", SIGNING_KEY="", SIGNING_KEY_FILE=str(file))
    assert settings.signing_key == "from-a-file"
    for secret in ("from-a-file", "x1", "x2", "x3"):
        assert secret not in repr(settings)


def test_a_client_needs_nothing():
    assert Settings.from_environment(None, {}).amqp_url == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"PROFILE": "staging"},
        {"HTTP_PORT": "70000"},
        {"WORKERS": "many"},
        {"RPC_TIMEOUT": "0"},
        {"RETRY_DELAYS": "1,-2"},
        {"RETRY_DELAYS": "soon"},
        {"KEYRING": "[1]"},
        {"KEYRING": "{"},
        {"KEYRING": '{"a": {"issuer": "review"}}'},
        {"LOG_LEVEL": "LOUD"},
        {"RESTORED_AT": "yesterday"},
        {"RESTORED_AT": "2026-05-09T14:30:00"},
        {"SIGNING_KEY_FILE": "/nonexistent", "SIGNING_KEY": ""},
        {"MONGO_URL": "mongodb://db/"},
        {"AMQP_URL": "amqp://guest:guest@mq/"},
        {"AMQP_URL": "garbage"},
        {"AMQP_URL": "amqp://mq:99999/"},
        {"PARTNERS_AMQP_URL": "http://mq/"},
        {"S3_SECRET_KEY": "minioadmin"},
        {"SITE_URL": "http://contest.example.org"},
        *({name: ""} for name in ("AMQP_URL", "MONGO_URL", "S3_URL", "SIGNING_KEY", "KEYRING")),
    ],
    ids=str,
)
def test_a_bad_setting_is_one_line_that_names_it(changed):
    with pytest.raises(SettingsError) as refusal:
        read("review", **changed)
    assert next(iter(changed)) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_unknown_service_and_a_missing_mail_server_are_refused():
    with pytest.raises(SettingsError, match="XINLV_SERVICE: 'judges' is not one of"):
        read("judges")
    with pytest.raises(SettingsError, match="XINLV_SMTP_URL"):
        read("notify")
    assert {read(name, SMTP_URL="smtp://mail").service for name in SERVICES} == set(SERVICES)
