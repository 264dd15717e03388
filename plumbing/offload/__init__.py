"""Work that must not hold up everything else: child processes with limits, threads for what releases the interpreter."""

from plumbing.offload.runner import Offload, OffloadFailed, OffloadKilled, OffloadTimeout

__all__ = ["Offload", "OffloadFailed", "OffloadKilled", "OffloadTimeout"]
