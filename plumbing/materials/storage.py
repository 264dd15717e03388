"""The three buckets: ``incoming`` (uploads), ``materials`` (versioned, checked) and ``publications``.

Services pass no bytes between browser and store: a browser gets a presigned form or link. They are signed
for the public address, which need not be reachable from here; the region is preset, so signing asks nobody.
Uses real time, as signatures must.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import CopySource
from minio.datatypes import PostPolicy
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from contracts.errors import Conflict, NotFound, Unavailable
from plumbing.settings import Settings

INCOMING: Final = "incoming"
MATERIALS: Final = "materials"
PUBLICATIONS: Final = "publications"
LINK_LIFE: Final = timedelta(minutes=5)
"""How long a link to one object is good, and what whoever gets it is told."""
CHUNK: Final = 1 << 18
TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=20.0)
_ABSENT = {"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "MethodNotAllowed"}


@dataclass(frozen=True)
class Upload:
    """A form that lets its holder put one object, of one key, type and size range, for a short while."""

    url: str
    form: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class Stored:
    """An object as it lies in a bucket; ``version_id`` is None in a bucket without versions."""

    key: str
    etag: str
    size: int
    media_type: str
    version_id: str | None = None


class Materials:
    """Every method that reaches the store raises Unavailable when it does not answer within the timeouts."""

    def __init__(self, inner: Minio, public: Minio, public_url: str) -> None:
        self._inner = inner
        self._public = public
        self._public_url = public_url.rstrip("/")

    def presign_upload(self, key: str, media_type: str, *, least: int, most: int, life: timedelta) -> Upload:
        """Sign a POST of ``least``..``most`` bytes to ``incoming``; calls nobody."""
        expires_at = datetime.now(UTC).replace(microsecond=0) + life
        policy = PostPolicy(INCOMING, expires_at)
        policy.add_equals_condition("key", key)
        policy.add_equals_condition("Content-Type", media_type)
        policy.add_content_length_range_condition(least, most)
        form = {"key": key, "Content-Type": media_type, **self._public.presigned_post_policy(policy)}
        return Upload(f"{self._public_url}/{INCOMING}", form, expires_at)

    def presign_download(
        self,
        bucket: str,
        key: str,
        file_name: str,
        *,
        media_type: str = "application/octet-stream",
        version_id: str | None = None,
        life: timedelta,
    ) -> str:
        """Sign a GET that a browser saves under ``file_name`` and does not open in place; calls nobody."""
        headers: dict[str, str | list[str] | tuple[str]] = {
            "response-content-disposition": attachment(file_name),
            "response-content-type": media_type,
            "response-cache-control": "private, no-store",
        }
        return self._public.presigned_get_object(
            bucket, key, expires=life, response_headers=headers, version_id=version_id
        )

    def stat(self, bucket: str, key: str, version_id: str | None = None) -> Stored | None:
        """Return what lies there, or None."""
        with _reaching():
            try:
                found = self._inner.stat_object(bucket, key, version_id=version_id)
            except S3Error as error:
                if error.code in _ABSENT:
                    return None
                raise
        return Stored(key, _plain(found.etag), found.size or 0, found.content_type or "", found.version_id)

    def keep(self, upload: Stored) -> Stored:
        """Copy an upload, if its bytes are still those that were seen, to ``materials``, as a new version.

        Raises NotFound when it is gone, Conflict when other bytes have come since.
        """
        source = CopySource(INCOMING, upload.key, match_etag=upload.etag)
        with _reaching():
            try:
                result = self._inner.copy_object(MATERIALS, upload.key, source)
            except S3Error as error:
                if error.code == "PreconditionFailed":
                    raise Conflict(
                        "文件在确认时又被更改。", "The file changed while being confirmed."
                    ) from None
                if error.code in _ABSENT:
                    raise NotFound("没有收到文件。", "Nothing was uploaded.") from None
                raise
        return replace(upload, version_id=result.version_id)

    def fetch(self, key: str, version_id: str | None, target: Path, *, most: int) -> str:
        """Write that very version of a material to ``target`` and return its SHA-256.

        Raises NotFound when it is gone, Conflict when it is larger than ``most`` bytes.
        """
        digest, size = hashlib.sha256(), 0
        with _reaching(), target.open("wb") as file:
            try:
                response = self._inner.get_object(MATERIALS, key, version_id=version_id)
            except S3Error as error:
                if error.code in _ABSENT:
                    raise NotFound("文件已不存在。", "The file is gone.", key=key) from None
                raise
            try:
                for chunk in response.stream(CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise Conflict(
                            "文件超过登记的大小。", "The file is larger than was announced.", key=key
                        )
                    digest.update(chunk)
                    file.write(chunk)
            finally:
                response.close()
                response.release_conn()
        return digest.hexdigest()

    def delete(self, bucket: str, key: str, version_id: str | None = None) -> None:
        """Remove an object; one that is not there is no error."""
        with _reaching():
            try:
                self._inner.remove_object(bucket, key, version_id=version_id)
            except S3Error as error:
                if error.code not in _ABSENT:
                    raise

    def uploads_before(self, moment: datetime, most: int = 1000) -> Iterator[str]:
        """Go through keys of uploads last written before ``moment`` (real time), at most ``most``."""
        with _reaching():
            for found in self._inner.list_objects(INCOMING, recursive=True):
                if found.last_modified and found.last_modified < moment and found.object_name and most > 0:
                    most -= 1
                    yield found.object_name

    def put_publication(self, key: str, content: bytes, media_type: str) -> Stored:
        """Store a document that we made; the same key is overwritten, so doing it twice does no harm."""
        with _reaching():
            result = self._inner.put_object(
                PUBLICATIONS, key, io.BytesIO(content), len(content), content_type=media_type
            )
        return Stored(key, _plain(result.etag), len(content), media_type, result.version_id)

    def read_publication(self, key: str, *, most: int = 64 << 20) -> bytes | None:
        """Return a document that we made, or None. Raises Conflict when it is larger than ``most`` bytes."""
        with _reaching():
            try:
                response = self._inner.get_object(PUBLICATIONS, key)
            except S3Error as error:
                if error.code in _ABSENT:
                    return None
                raise
            try:
                content = response.read(most + 1)
            finally:
                response.close()
                response.release_conn()
        if len(content) > most:
            raise Conflict("文件过大。", "The document is larger than may be read at once.", key=key)
        return bytes(content)

    def publication_link(self, key: str, file_name: str, media_type: str = "application/pdf") -> str:
        """Sign a GET of a document that we made; calls nobody."""
        return self.presign_download(PUBLICATIONS, key, file_name, media_type=media_type, life=LINK_LIFE)

    def is_ready(self) -> bool:
        """Say whether the store answers and has the bucket at which every service may look."""
        with _reaching():
            return self._inner.bucket_exists(PUBLICATIONS)


def connect(settings: Settings) -> Materials:
    """Return the store that the settings name; nothing is called until something is asked of it."""
    return Materials(
        _client(settings.s3_url, settings), _client(settings.s3_public_url or settings.s3_url, settings),
        settings.s3_public_url or settings.s3_url,
    )  # fmt: skip


def attachment(file_name: str) -> str:
    """Return a Content-Disposition (RFC 6266, 5987): an ASCII name for old clients, the true one beside."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in file_name) or "file"
    return f"attachment; filename=\"{safe}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _client(url: str, settings: Settings) -> Minio:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ValueError("XINLV_S3_URL and XINLV_S3_PUBLIC_URL must be http(s)://host[:port] without a path")
    pool = urllib3.PoolManager(
        timeout=TIMEOUT, maxsize=16,
        retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
    )  # fmt: skip
    return Minio(
        parts.netloc, settings.s3_access_key, settings.s3_secret_key, secure=parts.scheme == "https",
        region=settings.s3_region, http_client=pool,
    )  # fmt: skip


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except (MinioException, HTTPError, OSError) as error:
        raise Unavailable(
            "文件存储暂不可用，请稍后再试。", "The file store does not answer properly: try again later.",
            part="storage", problem=type(error).__name__,
        ) from error  # fmt: skip


def _plain(etag: str | None) -> str:
    return (etag or "").strip('"')
