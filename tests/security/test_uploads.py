"""Every attack of the table is refused where the table says; without the virus scanner nothing passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InvalidInput
from contracts.findings import FINDINGS
from contracts.words import MEDIA_TYPES
from plumbing.materials import clamd
from plumbing.materials.checker import EICAR
from plumbing.offload import Offload
from runner.stack.processes import StackError
from services.submission.domain.material import check_announcement, extension_of
from services.submission.loops.check_materials import CHECKER, MEMORY_MB, TIMEOUT
from tests.fakes.contest import EDITION
from tests.fakes.files import office, pdf
from tests.security.uploads import ANNOUNCEMENT, Attack, attacks
from tests.support.clamd import MARKER, running_clamd


def check(tmp_path: Path, files: list[tuple[str, bytes, int]], clamd_url: str = "") -> list[Any]:
    """Look at files as the service does: in a child process with its limits."""
    told = []
    for number, (name, content, size) in enumerate(files):
        path = tmp_path / str(number)
        path.write_bytes(content)
        extension = extension_of(name)
        told.append(
            {"path": str(path), "size": size, "extension": extension, "media_type": MEDIA_TYPES[extension]}
        )
    payload = {"files": told, "clamd_url": clamd_url}
    answer = Offload().call(CHECKER, payload, timeout=TIMEOUT, memory_mb=MEMORY_MB)
    return [result["findings"] for result in answer["results"]]


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.what)
def test_the_announcement_refuses_what_it_can_see(attack: Attack) -> None:
    size = len(attack.content) if attack.size is None else attack.size
    try:
        check_announcement(EDITION, attack.kind, attack.file_name, size, attack.media_type)
    except InvalidInput as refusal:
        assert attack.by == ANNOUNCEMENT and attack.found in {field.rule for field in refusal.fields}
    else:
        assert attack.by != ANNOUNCEMENT


def test_the_checker_refuses_what_only_the_bytes_show(tmp_path: Path) -> None:
    known = [attack for attack in attacks() if attack.by != ANNOUNCEMENT]
    found = check(tmp_path, [(a.file_name, a.content, a.size or len(a.content)) for a in known])
    for attack, findings in zip(known, found, strict=True):
        assert attack.found in findings and set(findings) <= FINDINGS.keys(), (attack.what, findings)


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real ClamAV daemon."""
    try:
        with running_clamd(tmp_path_factory.mktemp("clamd")) as address:
            yield address
    except StackError as error:
        pytest.skip(f"no ClamAV here: {error}")


def test_a_real_scanner_finds_what_only_it_knows(tmp_path: Path, scanner: str) -> None:
    files = [("a.pdf", content, len(content)) for content in (pdf(MARKER), pdf(), office())]
    files[2] = ("a.docx", *files[2][1:])
    assert check(tmp_path, files, scanner) == [["virus"], [], []]
    assert check(tmp_path, files) == [[], [], []]
    assert clamd.scan(scanner, EICAR) == ["virus"]


def test_without_the_configured_scanner_nothing_is_decided(tmp_path: Path) -> None:
    file = ("a.pdf", pdf(), len(pdf()))
    assert check(tmp_path, [file], f"unix://{tmp_path}/nobody.socket") == [None]
    assert check(tmp_path, [file], "tcp://127.0.0.1:1") == [None]
