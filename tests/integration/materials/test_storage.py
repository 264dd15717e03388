"""Materials on a real store, with the rights of the service that uses them."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from contracts.errors import Conflict, NotFound, Unavailable
from plumbing.materials import connect
from plumbing.materials.storage import INCOMING, MATERIALS, Materials, Stored, attachment
from plumbing.settings import Settings
from tests.fakes.files import pdf
from tests.support.browser import get, post_form

pytestmark = pytest.mark.stack
LIFE = timedelta(minutes=5)


@pytest.fixture
def materials(settings_of: Callable[..., Settings]) -> Materials:
    return connect(settings_of("submission"))


@pytest.fixture
def key() -> str:
    return f"edition/case/{secrets.token_hex(8)}"


def send(materials: Materials, key: str, content: bytes, media_type: str = "application/pdf") -> None:
    upload = materials.presign_upload(key, media_type, least=len(content), most=len(content), life=LIFE)
    assert post_form(upload.url, upload.form, content) == 204


def keep(materials: Materials, key: str) -> Stored:
    uploaded = materials.stat(INCOMING, key)
    assert uploaded is not None
    return materials.keep(uploaded)


def test_an_upload_is_kept_as_one_version_and_downloads_as_attachment(
    materials: Materials, key: str, tmp_path: Path
) -> None:
    send(materials, key, pdf())
    uploaded = materials.stat(INCOMING, key)
    assert uploaded is not None and (uploaded.size, uploaded.media_type) == (len(pdf()), "application/pdf")
    kept = materials.keep(uploaded)
    assert kept.version_id and kept.etag == uploaded.etag
    send(materials, key, pdf(b"another"))
    second = keep(materials, key)
    assert second.version_id != kept.version_id
    digest = materials.fetch(key, kept.version_id, tmp_path / "file", most=len(pdf()))
    assert (tmp_path / "file").read_bytes() == pdf() and len(digest) == 64
    url = materials.presign_download(MATERIALS, key, "专利 证书.pdf", version_id=kept.version_id, life=LIFE)
    status, content, headers = get(url)
    assert (status, content) == (200, pdf())
    assert headers["Content-Type"] == "application/octet-stream"
    disposition = headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert unquote(disposition.partition("UTF-8''")[2]) == "专利 证书.pdf"


def test_a_form_takes_only_what_it_was_signed_for(materials: Materials, key: str) -> None:
    upload = materials.presign_upload(key, "application/pdf", least=5, most=5, life=LIFE)
    assert post_form(upload.url, upload.form, b"1234") == 400
    assert post_form(upload.url, upload.form, b"123456") == 400
    assert post_form(upload.url, {**upload.form, "key": key + "x"}, b"12345") == 403
    assert post_form(upload.url, {**upload.form, "Content-Type": "text/html"}, b"12345") == 403
    assert post_form(upload.url.replace(INCOMING, MATERIALS), upload.form, b"12345") == 403
    assert materials.stat(INCOMING, key) is None
    assert post_form(upload.url, upload.form, b"12345") == 204


def test_a_form_and_a_link_expire(materials: Materials, key: str) -> None:
    upload = materials.presign_upload(key, "application/pdf", least=5, most=5, life=timedelta(seconds=-10))
    assert post_form(upload.url, upload.form, b"12345") == 403
    signed = materials.presign_download(MATERIALS, key, "a.pdf", life=timedelta(seconds=60))
    assert get(signed.replace("X-Amz-Expires=60", "X-Amz-Expires=600"))[0] == 403


def test_only_the_bytes_that_were_seen_are_kept(materials: Materials, key: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        materials.keep(Stored(key, "0" * 32, 1, "application/pdf"))
    send(materials, key, pdf())
    with pytest.raises(Conflict):
        materials.keep(Stored(key, "0" * 32, 1, "application/pdf"))
    kept = keep(materials, key)
    with pytest.raises(Conflict):
        materials.fetch(key, kept.version_id, tmp_path / "file", most=10)


def test_a_version_can_be_removed_for_good(materials: Materials, key: str, tmp_path: Path) -> None:
    send(materials, key, pdf())
    kept = keep(materials, key)
    materials.delete(INCOMING, key)
    materials.delete(MATERIALS, key, kept.version_id)
    materials.delete(MATERIALS, key, kept.version_id)
    assert materials.stat(INCOMING, key) is None
    assert materials.stat(MATERIALS, key, kept.version_id) is None
    with pytest.raises(NotFound):
        materials.fetch(key, kept.version_id, tmp_path / "file", most=10_000)


def test_old_uploads_are_listed(materials: Materials, key: str) -> None:
    send(materials, key, pdf())
    now = datetime.now(UTC)
    assert key in list(materials.uploads_before(now + timedelta(minutes=1)))
    assert key not in list(materials.uploads_before(now - timedelta(hours=1)))
    assert list(materials.uploads_before(now + timedelta(minutes=1), most=0)) == []


def test_publications_are_overwritten_by_key(settings_of: Callable[..., Settings]) -> None:
    materials = connect(settings_of("awards"))
    key = f"certificates/{secrets.token_hex(8)}.pdf"
    assert materials.read_publication(key) is None
    materials.put_publication(key, b"one", "application/pdf")
    stored = materials.put_publication(key, b"two", "application/pdf")
    assert materials.read_publication(key) == b"two" and stored.size == 3
    with pytest.raises(Conflict):
        materials.read_publication(key, most=2)
    status, content, headers = get(materials.publication_link(key, "证书.pdf"))
    assert (status, content, headers["Content-Type"]) == (200, b"two", "application/pdf")
    assert materials.is_ready()


@pytest.mark.parametrize("service", ["registration", "submission", "review", "notify"])
def test_only_awards_may_write_publications(settings_of: Callable[..., Settings], service: str) -> None:
    with pytest.raises(Unavailable):
        connect(settings_of(service)).put_publication("certificates/forged.pdf", b"one", "application/pdf")


def test_another_service_may_not_write_where_it_does_not_belong(
    settings_of: Callable[..., Settings], materials: Materials, key: str
) -> None:
    send(materials, key, pdf())
    notify = connect(settings_of("notify"))
    with pytest.raises(Unavailable):
        notify.delete(INCOMING, key)
    assert materials.stat(INCOMING, key) is not None


@pytest.mark.parametrize("trouble", ["nobody listens", "the key is refused"])
def test_a_store_that_does_not_answer_properly_is_unavailable(
    settings_of: Callable[..., Settings], key: str, tmp_path: Path, trouble: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = settings_of("submission")
    away = connect(
        replace(settings, s3_url=f"http://127.0.0.1:{port}")
        if trouble == "nobody listens"
        else replace(settings, s3_secret_key="wrong" * 8)
    )
    assert away.presign_upload(key, "image/png", least=1, most=1, life=LIFE).url.startswith("http")
    for ask in (
        lambda: away.stat(INCOMING, key),
        lambda: away.keep(Stored(key, "0" * 32, 1, "application/pdf")),
        lambda: away.fetch(key, "v", tmp_path / "file", most=10),
        lambda: away.delete(INCOMING, key),
        lambda: list(away.uploads_before(datetime.now(UTC))),
        lambda: away.put_publication(key, b"x", "text/plain"),
        lambda: away.read_publication(key),
        lambda: away.is_ready(),
    ):
        with pytest.raises(Unavailable) as refused:
            ask()
        assert refused.value.facts["part"] == "storage"


def test_the_public_address_is_another_one(settings_of: Callable[..., Settings], key: str) -> None:
    settings = replace(settings_of("submission"), s3_public_url="https://files.example.cn")
    both = connect(settings)
    upload = both.presign_upload(key, "image/png", least=1, most=1, life=LIFE)
    assert upload.url == "https://files.example.cn/incoming"
    signed = both.presign_download(MATERIALS, key, "a.png", life=LIFE)
    assert signed.startswith("https://files.example.cn/materials/")
    with pytest.raises(ValueError, match="XINLV_S3_PUBLIC_URL"):
        connect(replace(settings, s3_public_url="https://files.example.cn/path"))


def test_a_file_name_cannot_break_its_header() -> None:
    assert attachment('a"; x=\r\n.pdf') == (
        "attachment; filename=\"a__ x___.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A.pdf"
    )
    assert 'filename="file"' in attachment("")
