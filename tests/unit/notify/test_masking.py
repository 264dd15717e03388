"""What mail servers say names addresses; what is kept of it does not."""

from __future__ import annotations

import pytest

from services.notify.domain.masking import mask_address, mask_addresses

LI = "li.ming@mail.example.cn"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"550 5.1.1 <{LI}>: not here", "550 5.1.1 <l***@mail.example.cn>: not here"),
        (f"451 greylisted,{LI.upper()};", "451 greylisted,L***@MAIL.EXAMPLE.CN;"),
        ("550 no mailbox li.ming here", "550 no mailbox l*** here"),
        ("550 5.7.1 relaying denied", "550 5.7.1 relaying denied"),
        ("550 li.mingwei is somebody else", "550 li.mingwei is somebody else"),
    ],
)  # fmt: skip
def test_a_servers_answer_names_nobody(said: str, kept: str) -> None:
    assert mask_addresses(said, LI) == kept


def test_a_short_mailbox_is_no_word_to_look_for() -> None:
    assert mask_addresses("550 no such user a b", "a@b.cn") == "550 no such user a b"
    assert mask_address("a@b.cn") == "a***@b.cn"
