"""Which accounts does the company itself say are the same? A CSV file beside organisation.yaml in, pairs out.

Columns `account` and `same_as`: the second id counts for the first. Ids as events have them, as in
`hubspot:9001`. A file that is missing or wrong is refused with its line and what to write instead.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from contracts.errors import ContractError
from contracts.yaml_reader import quoted

COLUMNS = ["account", "same_as"]
MAX_BYTES = 16 * 1024 * 1024

Pairs = tuple[tuple[str, str], ...]


def read_account_table(path: Path, name: str) -> Pairs:
    """(account, same_as) of each row; ContractError names file, line and remedy."""
    rows = list(csv.reader(io.StringIO(_text(path, name))))
    if not rows or rows[0] != COLUMNS:
        raise ContractError(
            f"{name}:1: its columns are not {','.join(COLUMNS)}; write that as the first line"
        )
    pairs: dict[str, tuple[str, int]] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        account, same_as = _ids(row, f"{name}:{line}")
        if same_as in pairs:
            first = pairs[same_as][1]
            raise ContractError(
                f"{name}:{line}: {quoted(same_as)} counts for another already (line {first}); delete one"
            )
        pairs[same_as] = account, line
    for same_as, (account, line) in pairs.items():
        if account in pairs:
            end = pairs[account][0]
            raise ContractError(
                f"{name}:{line}: {quoted(account)} counts for {quoted(end)} itself; write {quoted(end)} on this line"
                if end != same_as
                else f"{name}:{line}: goes in a circle with line {pairs[account][1]}; delete one"
            )
    return tuple((account, same_as) for same_as, (account, _) in pairs.items())


def _ids(row: list[str], place: str) -> tuple[str, str]:
    cells = [cell.strip() for cell in row]
    if len(cells) != 2 or not all(cells):
        raise ContractError(f"{place}: not two account ids; write one pair, as in hubspot:9001,zendesk:77")
    if cells[0] == cells[1]:
        raise ContractError(f"{place}: {quoted(cells[0])} twice; write the other id it is the same as")
    return cells[0], cells[1]


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContractError(
            f"{name}:1: cannot be read ({error.strerror}); put the file beside organisation.yaml, "
            "or delete its table: from links.accounts"
        ) from error
    if len(content) > MAX_BYTES:
        raise ContractError(
            f"{name}:1: larger than {MAX_BYTES // 1024 // 1024} MiB; link by a property instead"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ContractError(f"{name}:{line}: not UTF-8; save the file with that encoding") from error
