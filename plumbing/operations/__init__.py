"""What every service answers alike, implemented once; see contracts.rpc.common."""

from plumbing.operations.table import Parking, with_common

__all__ = ["Parking", "with_common"]
