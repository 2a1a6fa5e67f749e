"""What may never be lost: immutable history as Parquet segments and a hash chain that proves them."""

from flows.ledger.ledger import Ledger, Sealed, Verified

__all__ = ["Ledger", "Sealed", "Verified"]
