"""A new signing key: others forget the old one, and what it sealed goes on to hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.errors import NotSignedIn
from plumbing.identity.keys import Keyring
from plumbing.identity.tokens import Tokens
from plumbing.settings import SERVICES, Settings
from runner.install import write_secrets


def tokens_of(folder: Path, service: str) -> Tokens:
    told = {
        "XINLV_SECRETS_FOLDER": str(folder / service),
        "XINLV_S3_URL": "http://s3",
        "XINLV_PROFILE": "local",
    }
    settings = Settings.from_environment(service, told)
    return Tokens(service, Keyring(settings.keyring), settings.signing_key)


@pytest.mark.parametrize("sealing", ["review", "awards"])
def test_seals_outlive_the_key_and_tokens_do_not(tmp_path, sealing):
    write_secrets(tmp_path)
    before = tokens_of(tmp_path, sealing)
    kid, seal = before.sign_text("the root")
    token = before.for_service("notify")
    write_secrets(tmp_path, renew=sealing)
    # beside each other: whoever still runs on the old key is understood
    assert tokens_of(tmp_path, "notify").verify(token).subject == f"service:{sealing}"
    new = tokens_of(tmp_path, sealing)
    assert new.sign_text("the root")[0] != kid
    assert tokens_of(tmp_path, "notify").verify(new.for_service("notify")).subject == f"service:{sealing}"
    write_secrets(tmp_path, retire=sealing)
    with pytest.raises(NotSignedIn):
        tokens_of(tmp_path, "notify").verify(token)
    for _ in range(2):
        assert tokens_of(tmp_path, sealing).verify_text(kid, "the root", seal), (
            "and another run changes nothing"
        )
        assert not tokens_of(tmp_path, sealing).verify_text(kid, "another root", seal)
        write_secrets(tmp_path, renew=sealing, retire=sealing)
    assert len(tokens_of(tmp_path, sealing).public_key(kid)) == 64
    for other in set(SERVICES) - {sealing}:
        assert tokens_of(tmp_path, other).public_key(kid) is None


def test_a_retired_key_of_registration_is_good_for_nothing_anywhere(tmp_path):
    """It signs users' tokens: in its own ring a thief could go on making operators."""
    write_secrets(tmp_path)
    kid, _ = tokens_of(tmp_path, "registration").sign_text("x")
    write_secrets(tmp_path, renew="registration", retire="registration")
    assert kid in json.loads((tmp_path / "keys" / "retired.json").read_text(encoding="utf-8"))
    for service in SERVICES:
        assert tokens_of(tmp_path, service).public_key(kid) is None
