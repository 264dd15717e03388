"""What every service answers alike, implemented once; see contracts.rpc.common."""

from plumbing.operations.table import Parking, with_common, with_common_reactions

__all__ = ["Parking", "with_common", "with_common_reactions"]
