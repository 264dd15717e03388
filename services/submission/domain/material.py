"""A file of a case, from its announcement to the checker's decision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.edition import Edition, MaterialKind
from contracts.errors import Conflict, FieldError, InvalidInput
from contracts.words import MEDIA_TYPES, MaterialStatus

UPLOAD_LIFE = timedelta(minutes=15)
SWEEP_AFTER = timedelta(hours=24)
"""An announced file that nobody confirmed is forgotten after this; long after its form has expired."""
CHECK_TRIES = 3
CHECK_PAUSE = timedelta(minutes=1)
# separators, and marks that turn the reading direction round: “a\u202efdp.exe” reads as a PDF
UNSAFE_IN_NAMES = re.compile(r"[/\\\n\r\t\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Material:
    """``key`` names the object in storage; ``version_id`` the very bytes that were confirmed."""

    id: str
    kind: str
    file_name: str
    media_type: str
    size: int
    key: str
    announced_at: datetime
    status: MaterialStatus = MaterialStatus.AWAITING_UPLOAD
    etag: str | None = None
    version_id: str | None = None
    sha256: str | None = None
    findings: tuple[str, ...] = ()
    tries: int = 0
    check_at: datetime | None = None
    """When to try again after a check that could not be made; at once when None."""

    @property
    def extension(self) -> str:
        """Return the file name's extension, in lower case without the dot."""
        return extension_of(self.file_name)

    @property
    def counts(self) -> bool:
        """Say whether it counts as handed in: received, and not refused."""
        return self.status in (MaterialStatus.QUARANTINED, MaterialStatus.ACCEPTED)

    def confirm(self, *, etag: str, version_id: str, size: int) -> None:
        """Take over what was uploaded: these bytes and no later ones.

        Raises Conflict unless it awaits its upload.
        """
        self._require(MaterialStatus.AWAITING_UPLOAD)
        self.etag, self.version_id, self.size = etag, version_id, size
        self.status = MaterialStatus.QUARANTINED

    def accept(self, sha256: str) -> None:
        """Let it be seen. Raises Conflict unless it is under quarantine."""
        self._require(MaterialStatus.QUARANTINED)
        self.sha256, self.status = sha256, MaterialStatus.ACCEPTED

    def refuse(self, sha256: str, findings: Sequence[str]) -> None:
        """Keep it from everybody, for these findings. Raises Conflict unless it is under quarantine."""
        self._require(MaterialStatus.QUARANTINED)
        self.sha256, self.findings, self.status = sha256, tuple(findings), MaterialStatus.REFUSED

    def fail_check(self, now: datetime) -> bool:
        """Count a check that this file made fail; say whether it has had all its tries.

        The second try follows at once, alone; later ones after a pause.
        """
        self._require(MaterialStatus.QUARANTINED)
        self.tries += 1
        self.check_at = now if self.tries == 1 else now + CHECK_PAUSE
        return self.tries >= CHECK_TRIES

    def postpone_check(self, now: datetime) -> None:
        """Try again after a pause, because a part that the check needs is away: no fault of the file."""
        self._require(MaterialStatus.QUARANTINED)
        self.check_at = now + CHECK_PAUSE

    def _require(self, status: MaterialStatus) -> None:
        if self.status != status:
            raise Conflict(
                f"文件“{self.file_name}”的状态不允许此操作。",
                f"The file {self.file_name!r} is {self.status}, not {status}.",
                material_id=self.id, status=self.status.value,
            )  # fmt: skip


def extension_of(file_name: str) -> str:
    """Return the extension of a file name, in lower case without the dot; empty when there is none."""
    return file_name.rpartition(".")[2].lower() if "." in file_name else ""


def check_announcement(
    edition: Edition, kind_id: str, file_name: str, size: int, media_type: str | None
) -> tuple[MaterialKind, str]:
    """Return the kind and the media type the upload must have.

    Raises InvalidInput naming every field at fault.
    """
    kind = next((kind for kind in edition.materials if kind.id == kind_id), None)
    if kind is None:
        raise InvalidInput.of(
            "kind", "reference", "本届没有这类材料", "The edition has no such kind of material."
        )
    found: list[FieldError] = []
    extension = extension_of(file_name)
    allowed = {"jpg" if name == "jpeg" else name for name in kind.types}
    wanted = MEDIA_TYPES.get(extension, "")
    if ("jpg" if extension == "jpeg" else extension) not in allowed or not wanted:
        listed = "、".join(kind.types)
        found.append(FieldError("file_name", "type", f"“{kind.name.zh}”只接受：{listed}",
                                f"{kind.name.en} takes only: {', '.join(kind.types)}."))  # fmt: skip
    if UNSAFE_IN_NAMES.search(file_name) or file_name.startswith("."):
        found.append(
            FieldError("file_name", "path", "文件名不能含有路径", "The file name must not hold a path.")
        )
    if size > kind.max_bytes:
        found.append(FieldError("size", "too_large", f"不能超过{kind.max_bytes}字节",
                                f"Must be at most {kind.max_bytes} bytes."))  # fmt: skip
    if wanted and media_type is not None and media_type.lower() != wanted:
        found.append(FieldError("media_type", "type", f"应为{wanted}", f"Must be {wanted}."))
    if found:
        raise InvalidInput(found)
    return kind, wanted
