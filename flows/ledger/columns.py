"""What is a row of the ledger, and what exactly does its hash cover?

Out: the columns with their types, and the SQL expression of a row's hash. The hash is SHA-256 over one UTF-8
text: the salt in lower-case hex, then every column of `HASHED` in order: text as `<bytes>:<text>` (`-1:` for
null), a number as `<digits>:` (`:` for null), an instant as microseconds since 1970 the same way. Lengths
come first and the order is fixed, so no two rows share a text, and a page of Python can recompute it.
"""

EVENT_COLUMNS = {
    "id": "VARCHAR",
    "source": "VARCHAR",
    "type": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "sequence": "BIGINT",
    "account": "VARCHAR",
    "motion": "VARCHAR",
    "object": "VARCHAR",
    "handoff": "VARCHAR",
    "subject": "VARCHAR",
    "cycle": "INTEGER",
    "field": "VARCHAR",
    "value": "VARCHAR",
    "actor": "VARCHAR",
    "team": "VARCHAR",
    "reason": "VARCHAR",
    "detail": "VARCHAR",
}
"""The columns of a lifecycle event (the public interface), typed."""

HASHED = {
    "position": "BIGINT",
    "recorded_at": "TIMESTAMPTZ",
    "run_id": "VARCHAR",
    "origin": "VARCHAR",
    "revision": "INTEGER",
    "supersedes": "BIGINT",
    **EVENT_COLUMNS,
    "time_precision": "VARCHAR",
}
"""The columns the hash covers, in the order it covers them."""

COLUMNS = {**HASHED, "salt": "BLOB", "hash": "BLOB"}
"""The columns of a segment: salt has 16 bytes, hash 32."""


def row_hash(salt_hex: str) -> str:
    """SQL for the hash (BLOB) of the row at hand; `salt_hex` is SQL for its salt in lower-case hex."""
    return f"unhex(sha256(concat({salt_hex}, {canonical_arguments(HASHED)})))"


def canonical_arguments(columns: dict[str, str]) -> str:
    """The arguments of SQL's `concat` that give the canonical text of these columns (names → types)."""
    return ", ".join(_argument(f'"{name}"', type_name) for name, type_name in columns.items())


def _argument(column: str, type_name: str) -> str:
    if type_name == "VARCHAR":
        return f"ifnull(strlen({column}), -1), ':', {column}"  # strlen counts bytes; concat skips nulls
    if type_name == "TIMESTAMPTZ":
        return f"epoch_us({column}), ':'"
    return f"{column}, ':'"
