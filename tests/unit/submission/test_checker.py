"""The checker: what it lets through and what it finds."""

from __future__ import annotations

import hashlib
import socket
import struct
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from contracts.findings import FINDINGS
from contracts.words import MEDIA_TYPES
from demo.files import make_docx, make_pdf
from plumbing.materials import checker, clamd, ooxml, pdf
from plumbing.materials.checker import EICAR, check_file, check_files
from plumbing.offload import Offload
from tests.fakes.files import (
    RELATION,
    archive,
    compound,
    jpeg,
    object_stream,
    office,
    png,
    written_by_acrobat,
    written_by_word,
)
from tests.fakes.files import pdf as a_pdf

EXE = b"MZ\x90\x00" + b"\0" * 60


@pytest.fixture
def findings(tmp_path: Path) -> Any:
    def check(content: bytes, extension: str, **facts: Any) -> list[str]:
        path = tmp_path / "file"
        path.write_bytes(content)
        media_type = MEDIA_TYPES.get(extension, "application/zip")
        told = {
            "path": str(path),
            "size": len(content),
            "extension": extension,
            "media_type": media_type,
            **facts,
        }
        result = check_file(told)
        assert result["sha256"] == hashlib.sha256(content).hexdigest()
        assert set(result["findings"]) <= set(FINDINGS)
        return list(result["findings"])

    return check


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (a_pdf(), "pdf"),
        (a_pdf(tail=b"\r\n  \x00"), "pdf"),
        (a_pdf(object_stream(b"<< /Type /Font >>")), "pdf"),
        (png(), "png"),
        (png(tail=b"\0\0\0"), "png"),
        (jpeg(), "jpg"),
        (jpeg(tail=b"camera preview"), "jpeg"),
        (office("docx"), "docx"),
        (office("xlsx"), "xlsx"),
        (office("pptx", **{"ppt/embeddings/chart1.xlsx": office("xlsx")}), "pptx"),
        (office("docx", **{"word/_rels/document.xml.rels": RELATION.format(
            kind="hyperlink", target="https://example.cn")}), "docx"),
        (office("docx", **{"word/media/": b""}), "docx"),
        (written_by_word(), "docx"),
        (office("pptx", **{"ppt/embeddings/oleObject1.bin": compound("Equation Native")}), "pptx"),
        (make_docx("能碳案例", "摘要"), "docx"),
        (make_pdf(7), "pdf"),
        (written_by_acrobat(), "pdf"),
    ],
)  # fmt: skip
def test_ordinary_files_pass(findings: Any, content: bytes, extension: str) -> None:
    assert findings(content, extension) == []


@pytest.mark.parametrize(
    ("content", "extension", "found"),
    [
        (b"", "pdf", "empty"),
        (b"hello", "txt", "type_unsupported"),
        (b"hello", "pdf", "type_mismatch"),
        (png(), "jpg", "type_mismatch"),
        (archive({"a.txt": "a"}), "docx", "type_mismatch"),
        (office("xlsx"), "docx", "type_mismatch"),
        (a_pdf(EICAR), "pdf", "virus"),
        (office("docx", **{"word/notes.xml": EICAR}), "docx", "virus"),
        (b"%PDF-1.7\ncut off", "pdf", "damaged"),
        (b"%PDF-9\n%%EOF startxref", "pdf", "damaged"),
        (a_pdf(tail=archive({"a.exe": "x"})), "pdf", "trailing_data"),
        (a_pdf(tail=b"x" * 2000), "pdf", "trailing_data"),
        (a_pdf(b"<< /Encrypt 5 0 R >>"), "pdf", "encrypted"),
        (a_pdf(b"<< /Encr#79pt 5 0 R >>"), "pdf", "encrypted"),
        (a_pdf(b"<< /S /JavaScript /JS (app.alert) >>"), "pdf", "active_content"),
        (a_pdf(b"<< /S /J#61vaScript >>"), "pdf", "active_content"),
        (a_pdf(b"<< /S /Launch /F (cmd.exe) >>"), "pdf", "active_content"),
        (a_pdf(b"(stream\n) << /S /JavaScript >> (endstream)"), "pdf", "active_content"),
        (a_pdf(object_stream(b"<< /S /JavaScript >>")), "pdf", "active_content"),
        (a_pdf(object_stream(b"<</S/JavaScript>>", b"/Type /Obj#53tm /Filter [ /FlateDecode ]")), "pdf",
         "active_content"),
        (a_pdf(b"9 0 obj <</Type /ObjStm>> stream\n<</S /JavaScript>>\nendstream"), "pdf", "active_content"),
        (a_pdf(object_stream(b"x", b"/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]")), "pdf",
         "not_checkable"),
        (a_pdf(b"9 0 obj <</Type /ObjStm /Filter /FlateDecode>> stream\nno zlib\nendstream"), "pdf",
         "not_checkable"),
        (a_pdf(b"<< /Type /EmbeddedFile >>"), "pdf", "embedded_file"),
        (png()[:-6], "png", "damaged"),
        (png()[:50], "png", "damaged"),
        (png()[:8] + png()[33:], "png", "damaged"),
        (png(width=0), "png", "damaged"),
        (png().replace(b"IDAT", b"IDAX"), "png", "damaged"),
        (png(width=60000, height=60000), "png", "image_too_large"),
        (png(tail=b"PK\x03\x04"), "png", "trailing_data"),
        (jpeg()[:-2], "jpg", "damaged"),
        (b"\xff\xd8\xff\xe0\x00\x01", "jpg", "damaged"),
        (b"\xff\xd8\xff\xe0\xff\xff\xff\xd9", "jpg", "damaged"),
        (b"\xff\xd8\xff", "jpg", "damaged"),
        (jpeg(60000, 60000), "jpg", "image_too_large"),
        (jpeg(tail=archive({"a.exe": "x"})), "jpg", "trailing_data"),
        (jpeg(tail=b"<?php system($_GET[0]);"), "jpg", "trailing_data"),
        (b"PK\x03\x04 but no directory", "docx", "damaged"),
        (EXE + office("docx"), "docx", "type_mismatch"),
        (archive({"x": "1"}) + office("docx"), "docx", "trailing_data"),
        (office("docx") + b"behind", "docx", "trailing_data"),
        (office("docx", **{"word/vbaProject.bin": b"x"}), "docx", "macros"),
        (office("docx", **{"word/activeX/activeX1.xml": b"x"}), "docx", "macros"),
        (office("docx", **{"[Content_Types].xml": "vnd.ms-word.document.macroEnabled.main+xml"}),
         "docx", "macros"),
        (office("docx", **{"../../etc/cron": b"x"}), "docx", "unsafe_names"),
        (office("docx", **{"C:/x": b"x"}), "docx", "unsafe_names"),
        (office("docx", **{"WORD/document.xml": b"x"}), "docx", "unsafe_names"),
        (office("docx", **{"word/embeddings/a.bin": EXE}), "docx", "embedded_file"),
        (office("docx", **{"word/a.bin": archive({"a": "b"})}), "docx", "embedded_file"),
        (office("docx", **{"word/embeddings/a.xlsx": archive({"a": "b"})}), "docx", "embedded_file"),
        (office("docx", **{"word/embeddings/a.xlsx": office("xlsx", **{
            "xl/embeddings/b.xlsx": office("xlsx")})}), "docx", "embedded_file"),
        (office("docx", **{"word/embeddings/a.xlsx": office("xlsx", **{"xl/vbaProject.bin": b"x"})}),
         "docx", "macros"),
        (office("docx", **{"word/document.xml": "<!DOCTYPE a []>"}), "docx", "active_content"),
        (office("docx", **{"word/document.xml": "<!ENTITY b 'c'>"}), "docx", "active_content"),
        (office("docx", **{"word/x.xml": "<!DOCTYPE a>".encode("utf-16")}), "docx", "active_content"),
        (office("docx", **{"word/_rels/settings.xml.rels": RELATION.format(
            kind="attachedTemplate", target="http://evil/t.dotm")}), "docx", "external_reference"),
        (office("docx", **{"word/a.xml": b"0" * (20 << 20)}), "docx", "unpacks_too_large"),
    ],
)  # fmt: skip
def test_each_fault_is_found(findings: Any, content: bytes, extension: str, found: str) -> None:
    assert found in findings(content, extension)


@pytest.mark.parametrize(
    ("target", "elsewhere"),
    [
        ("http://evil/t.dotm", True),
        ("&#104;ttp://evil/t.dotm", True),
        ("\\\\evil\\share\\t.dotm", True),
        ("//evil/share/t.dotm", True),
        ("file://evil/t.dotm", True),
        ("file:////evil/t.dotm", True),
        ("mhtml:http://evil/x!x", True),
        ("file:///C:\\Users\\a\\Normal.dotm", False),
        ("D:\\数据\\能耗.xlsx", False),
        ("能耗.xlsx", False),
    ],
)
def test_only_what_is_fetched_from_elsewhere_counts(findings: Any, target: str, elsewhere: bool) -> None:
    relation = RELATION.format(kind="attachedTemplate", target=target)
    found = findings(office("docx", **{"word/_rels/settings.xml.rels": relation}), "docx")
    assert found == (["external_reference"] if elsewhere else [])


@pytest.mark.parametrize(
    "relation",
    [
        '<Relationship Type="x" TargetMode="External"/>',
        '<r:Relationship Type="x" Target="http://evil" TargetMode="External"/>',
        '<Relationship Id="a>b" Type="x" Target="http://evil" TargetMode="External"/>',
        "<Relationship Type='x' Target='http://evil' TargetMode='&#69;xternal'/>",
    ],
)
def test_a_relation_cannot_hide_by_its_spelling(findings: Any, relation: str) -> None:
    assert findings(office("docx", **{"word/_rels/a.xml.rels": relation}), "docx") == ["external_reference"]


def test_a_packed_picture_is_no_archive(findings: Any) -> None:
    assert findings(office("docx", **{"word/media/image1.emz": b"\x1f\x8b packed"}), "docx") == []
    assert findings(office("docx", **{"word/media/image1.bin": b"\x1f\x8b packed"}), "docx") == [
        "embedded_file"
    ]


def test_too_many_parts_are_found_before_unpacking(findings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooxml, "MOST_PARTS", 3)
    assert findings(office("docx", a=b"1", b=b"2"), "docx") == ["too_many_parts"]


def test_a_part_that_lies_about_its_size_is_stopped(findings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooxml, "MOST_XML", 1000)
    assert findings(office("docx", **{"word/a.xml": b"0" * 5000}), "docx") == ["unpacks_too_large"]


def test_objects_that_unpack_without_end_are_stopped(findings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_UNPACKED", 1000)
    assert findings(a_pdf(object_stream(b"0" * 5000)), "pdf") == ["unpacks_too_large"]


def test_an_encrypted_part_is_found(findings: Any) -> None:
    content = bytearray(office("docx"))
    directory = content.rfind(b"PK\x01\x02")
    struct.pack_into("<H", content, directory + 8, 1)
    assert findings(bytes(content), "docx") == ["encrypted"]


def test_an_archive_comment_counts_as_hidden_data(findings: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(office("docx"))
    with zipfile.ZipFile(path, "a") as file:
        file.comment = b"PK hidden"
    assert findings(path.read_bytes(), "docx") == ["trailing_data"]


def test_size_and_media_type_must_be_as_announced(findings: Any) -> None:
    assert findings(a_pdf(), "pdf", size=3) == ["size_differs"]
    assert findings(a_pdf(), "pdf", media_type="text/html") == ["media_type_mismatch"]


def test_findings_are_bounded(findings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MOST_FINDINGS", 1)
    assert len(findings(a_pdf(EICAR + b"/JavaScript "), "pdf")) == 1


def test_the_checker_runs_in_a_child_process(tmp_path: Path) -> None:
    paths = []
    for name, content in (("a", png()), ("b", a_pdf(EICAR))):
        (tmp_path / name).write_bytes(content)
        extension = "png" if name == "a" else "pdf"
        paths.append({"path": str(tmp_path / name), "size": len(content), "extension": extension,
                      "media_type": MEDIA_TYPES[extension]})  # fmt: skip
    answer = Offload().call(
        "plumbing.materials.checker:check_files", {"files": paths}, timeout=30, memory_mb=512
    )
    assert [result["findings"] for result in answer["results"]] == [[], ["virus"]]


class Scanner:
    """Speaks the daemon's protocol on a real socket, and answers what the test wants."""

    def __init__(self, answer: bytes) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        self.answer = answer
        self.received = b""
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        link, _ = self.server.accept()
        with link, link.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            while size := struct.unpack(">I", stream.read(4))[0]:
                self.received += stream.read(size)
            link.sendall(self.answer)

    def close(self) -> None:
        self.thread.join(5)
        self.server.close()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"stream: OK\0", []),
        (b"stream: Eicar-Signature FOUND\0", ["virus"]),
        (b"size limit exceeded ERROR\0", None),
        (b"", None),
    ],
)  # fmt: skip
def test_the_virus_scanner_is_asked_where_one_is_configured(
    tmp_path: Path, answer: bytes, found: list[str] | None
) -> None:
    scanner = Scanner(answer)
    content = png()
    (tmp_path / "a").write_bytes(content)
    told = {"path": str(tmp_path / "a"), "size": len(content), "extension": "png", "media_type": "image/png"}
    result = check_files({"files": [told], "clamd_url": scanner.url})["results"][0]
    scanner.close()
    assert result["findings"] == found
    assert scanner.received == content


def test_the_virus_scanner_may_listen_on_a_unix_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "clamd.sock"))
        server.listen()

        def serve() -> None:
            link, _ = server.accept()
            with link:
                while not link.recv(1 << 16).endswith(b"\0\0\0\0"):
                    pass
                link.sendall(b"stream: OK\0")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert clamd.scan(f"unix://{tmp_path}/clamd.sock", b"content") == []
        thread.join(5)


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd.sock", "http://what"])
def test_nothing_is_decided_while_the_virus_scanner_is_away(tmp_path: Path, url: str) -> None:
    content = png()
    (tmp_path / "a").write_bytes(content)
    told = {"path": str(tmp_path / "a"), "size": len(content), "extension": "png", "media_type": "image/png"}
    assert check_file(told, url)["findings"] is None


def test_a_type_that_is_taken_can_be_looked_into() -> None:
    assert checker.MAGIC.keys() == MEDIA_TYPES.keys()
