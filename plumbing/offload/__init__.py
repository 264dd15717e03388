"""Work that must not hold up everything else: child processes with limits, and threads."""

from plumbing.offload.runner import Offload, OffloadFailed, OffloadKilled, OffloadTimeout

__all__ = ["Offload", "OffloadFailed", "OffloadKilled", "OffloadTimeout"]
