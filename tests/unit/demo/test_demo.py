"""The sample contest's own pieces: its cast, its mailbox, its files and its trouble-makers."""

from __future__ import annotations

import io
from dataclasses import asdict
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import amqp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from stdnum.cn import uscc

from contracts.words import SERVICES
from demo import files
from demo.cast import Cast, invent_cast
from demo.folding import fold
from demo.mailbox import Mailbox
from demo.show import Screen
from demo.stage import ONLY_ONCE
from demo.trouble import MARK, Killer, Repeater
from plumbing.bus import names
from plumbing.materials.checker import check_files
from tests.support.waiting import until

TRACKS = [("industry", 1), ("city", 4), ("sharing", 8)]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def invent(seed: int = 7) -> Cast:
    """A small cast."""
    return invent_cast(seed, TRACKS, 24, 48, 18)


def test_the_same_seed_invents_the_same_cast_and_another_one_another() -> None:
    assert asdict(invent()) == asdict(invent())
    assert asdict(invent()) != asdict(invent(8))


def test_everybody_can_be_told_apart_and_every_code_is_well_formed() -> None:
    cast = invent()
    codes = [unit.uscc for unit in cast.units]
    assert len(set(codes)) == len(codes)
    assert all(uscc.is_valid(code) for code in codes)
    people = cast.people()
    assert len(people) == 1 + 2 + 24 + 1 + 18
    assert len({person.email for person in people}) == len({person.phone for person in people}) == len(people)
    assert {case.track for case in cast.cases} == {track for track, _ in TRACKS}


def deliver(folder: Path, number: int, to: str, body: str, message_id: str) -> None:
    """Lay a letter into the mail folder."""
    letter = EmailMessage()
    letter["To"], letter["Message-ID"], letter["Subject"] = to, message_id, "邀请"
    letter.set_content(body)
    (folder / "new").mkdir(parents=True, exist_ok=True)
    (folder / "new" / str(number)).write_bytes(bytes(letter))


@pytest.mark.parametrize("link", [
    "https://xinlv.example.cn/invitation/{}", "http://localhost:8000/accept?secret={}", "https://x.cn/reset#{}",
])  # fmt: skip
def test_the_newest_one_time_link_is_found(tmp_path: Path, link: str) -> None:
    first, second = "a" * 32, "B-_" * 12
    box = Mailbox(tmp_path)
    assert box.secret_for("a@mail.example.cn") is None
    deliver(tmp_path, 1, "a@mail.example.cn", f"请点击 {link.format(first)} 。", "<1@x>")
    assert box.secret_for("a@mail.example.cn") == first
    deliver(tmp_path, 2, "a@mail.example.cn", f"请点击\n{link.format(second)}\n", "<2@x>")
    deliver(tmp_path, 3, "b@mail.example.cn", "没有链接", "<3@x>")
    assert box.secret_for("a@mail.example.cn") == second
    assert box.secret_for("b@mail.example.cn") is None
    assert box.repeated() == []
    deliver(tmp_path, 4, "b@mail.example.cn", "又一次", "<3@x>")
    assert box.repeated() == ["<3@x>"]


@pytest.mark.parametrize(("content", "extension", "media_type", "good"), [
    (files.make_docx("标题", "正文 & <其他>"), "docx", DOCX, True),
    (files.make_pdf(3), "pdf", "application/pdf", True),
    (files.make_png(3), "png", "image/png", True),
    (files.make_pretender(), "pdf", "application/pdf", False),
])  # fmt: skip
def test_the_files_are_what_they_claim_and_the_pretender_is_not(
    tmp_path: Path, content: bytes, extension: str, media_type: str, good: bool
) -> None:
    path = tmp_path / "0"
    path.write_bytes(content)
    file: dict[str, Any] = {
        "path": str(path), "size": len(content), "extension": extension, "media_type": media_type,
    }  # fmt: skip
    [result] = check_files({"files": [file], "clamd_url": ""})["results"]
    assert (result["findings"] == []) is good


def test_without_a_terminal_a_phase_is_its_line_and_what_came_of_it() -> None:
    out = io.StringIO()
    screen = Screen(Console(file=out, width=80))
    screen.begin("开赛", "Opening")
    screen.total(3)
    screen.advance()
    screen.say("已发布", "published")
    screen.end()
    screen.begin("征集", "Collection")
    screen.fail()
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[0].startswith("✔ 开赛 Opening ")
    assert lines[1:] == ["  已发布", "  published", "✘ 征集 Collection"]


def test_on_a_terminal_a_phase_has_a_bar_that_is_gone_when_it_ends() -> None:
    out = io.StringIO()
    screen = Screen(Console(file=out, width=80, force_terminal=True, _environ={}))

    def is_drawn(words: str) -> bool:
        return words in Text.from_ansi(out.getvalue()).plain

    screen.begin("征集", "Collection")
    until(lambda: is_drawn("征集 Collection"))
    screen.total(40)
    screen.advance()
    screen.advance(2)
    until(lambda: is_drawn(" 3/40 "))
    screen.total(5)
    until(lambda: is_drawn(" 0/5 "), what="a new length begins anew")
    screen.say("已收齐", "all received")
    screen.end()
    drawn, _, left = out.getvalue().partition("✔")
    assert drawn.endswith("\x1b[2K\x1b[32m"), "the bar stays"
    assert "all received" in left and "0/5" not in left
    screen.advance()  # between two phases nothing moves
    screen.begin("资格", "Qualification")
    screen.fail()
    assert is_drawn("✘ 资格 Qualification")


def test_the_killer_kills_each_service_once_or_says_what_is_missing() -> None:
    killed: list[str] = []
    with Killer(killed.append, 3, over=0.01) as killer:
        killer.finish()
    assert sorted(killed) == sorted(SERVICES)

    def fail(_: str) -> None:
        raise OSError("gone")

    with Killer(fail, 3, over=0.01) as killer, pytest.raises(RuntimeError, match="did not come back"):
        killer.finish()


@pytest.mark.parametrize(("headers", "sent"), [
    ({names.COMMAND_ID: "7f3c"}, 1),
    ({names.COMMAND_ID: f"{ONLY_ONCE}7f3c"}, 0),
    ({names.COMMAND_ID: "7f3c", MARK: "1"}, 0),
])  # fmt: skip
def test_a_repeater_repeats_a_request_unless_it_is_to_be_refused_or_its_own(
    headers: dict[str, str], sent: int
) -> None:
    copies: list[tuple[Any, ...]] = []
    channel = SimpleNamespace(basic_publish=lambda *copy: copies.append(copy))
    message = amqp.Message(b"{}", reply_to="answers", application_headers=headers)
    place = names.RPC_EXCHANGE, "review.close_round"
    message.delivery_info = dict(zip(("exchange", "routing_key"), place, strict=True))
    repeater = Repeater("amqp://nobody@127.0.0.1:1/x")
    repeater._repeat(channel, message)
    assert [copy[1:] for copy in copies] == [place] * sent
    assert repeater.requests == sent


def test_a_repeater_that_repeated_nothing_says_so() -> None:
    with pytest.raises(RuntimeError, match="0 requests and 0 events"):
        Repeater("amqp://nobody@127.0.0.1:1/x").finish()


LINE = "24 家报名（如“北京云帆”），1 件未过（XL3-09-0002），《通信设备绿色采购（武汉岭南方案19）》91.61 分。"


@given(st.integers(18, 90))
def test_a_line_of_chinese_and_words_is_broken_where_it_may_be(width: int) -> None:
    lines = list(fold(LINE, width))
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == LINE.replace(" ", "")
    assert not any(line[0] in "，。；：、）》”" or line[-1] in "（《“" for line in lines)
    assert "XL3-09-0002" in "\n".join(lines)
