"""Object storage by the S3 interface: presigned forms and links, kept versions, and the checker of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plumbing.materials.storage import Materials
    from plumbing.settings import Settings


def connect(settings: Settings) -> Materials:
    """Return the store that the settings name; nothing is called until something is asked of it."""
    # imported here, so that the checker's child process loads no network client
    from plumbing.materials.storage import connect as connect_storage

    return connect_storage(settings)
