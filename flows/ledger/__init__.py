"""What may never be lost: immutable history as Parquet segments and a hash chain that proves them."""

from flows.ledger.ledger import Ledger, Sealed
from flows.ledger.verifying import Verified

__all__ = ["Ledger", "Sealed", "Verified"]
