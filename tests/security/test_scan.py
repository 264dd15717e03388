"""The scanner finds what is personal or secret; tests/e2e/demo lets it read what a whole contest left."""

from __future__ import annotations

import pytest

from tests.security.scan import scan


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("call 13800138000 now", "mobile number"),
        ("+86 138-0013-8000", "mobile number"),
        ("010-62345678", "landline number"),
        ("11010519491231002X", "identity number"),
        ("to li.ming@mail.example.cn", "mail address"),
        (f"eyJ{'a' * 20}.eyJ{'b' * 20}.{'c' * 30}", "access token"),
        (f"ses-{'0' * 32}.{'x' * 43}", "refresh token"),
        (f"https://x/reset/{'x' * 43}", "one-time link"),
        ("$argon2id$v=19$m=1", "password hash"),
        ("amqp://desk:geheim@127.0.0.1/xinlv", "address with a password"),
    ],
)
def test_the_scanner_bites(text: str, kind: str) -> None:
    assert kind in {leak.kind for leak in scan("here", text)}


@pytest.mark.parametrize(
    "text",
    ["l***@mail.example.cn", "+86*******8000", "evt-0195a3c000087a10b2c3d4e5f6071829", "1764000000.123"],
)
def test_the_scanner_lets_pass_what_is_masked(text: str) -> None:
    assert list(scan("here", text)) == []
