"""Where certificates get their font from."""

from pathlib import Path

import pytest

from runner.stack import fonts
from runner.stack.processes import StackError


def say_nothing(*_: str) -> None:
    """Nobody asks for progress."""


def test_a_folder_given_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINLV_FONT_DIR", str(tmp_path))
    assert fonts.provide(say_nothing) == tmp_path


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINLV_FONT_DIR", str(tmp_path / "nothing"))
    with pytest.raises(StackError, match="XINLV_FONT_DIR"):
        fonts.provide(say_nothing)


def test_the_systems_fonts_are_used_where_both_weights_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XINLV_FONT_DIR", raising=False)
    monkeypatch.setattr(fonts, "SYSTEM", tmp_path)
    for name in fonts.FILES:
        assert not fonts.has_fonts(tmp_path)
        (tmp_path / name).write_bytes(b"")
    assert fonts.provide(say_nothing) == tmp_path


def test_otherwise_they_are_fetched_once_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XINLV_FONT_DIR", raising=False)
    monkeypatch.setattr(fonts, "SYSTEM", tmp_path)
    kept = fonts.provide(say_nothing)
    assert fonts.has_fonts(kept)
    told: list[str] = []
    assert fonts.provide(lambda *said: told.append(said[1])) == kept and told == []
