"""What did a killed run leave beside the segments, and which of it may be deleted?

In: the folder of segments and how many are sealed. Out: no unfinished file and no orphan; anything that an interrupted
append does not explain is damage and raises LedgerError.
"""

import re
from pathlib import Path

from contracts.errors import LedgerError
from flows.ledger import durable

UNFINISHED = ".writing"
_SEGMENT = re.compile(r"(\d{6,})\.parquet")


def delete(folder: Path, sealed: int, chain: Path) -> None:
    """Delete unfinished files and the one orphan an interrupted append can leave."""
    with durable.explained("read", folder):
        names = sorted(path.name for path in folder.iterdir())
    numbers = {int(match[1]): folder / name for name in names if (match := _SEGMENT.fullmatch(name))}
    if lost := sorted(number for number in numbers if number > sealed):
        raise LedgerError(
            f"{chain} lists {sealed} segments, but {numbers[lost[0]]} exists: "
            "lines of the chain were lost; restore it from a backup"
        )
    orphans = [numbers[sealed]] if sealed in numbers else []
    unfinished = [folder / name for name in names if name.endswith(UNFINISHED)]
    for path in orphans + unfinished:
        with durable.explained("delete the unfinished", path):
            durable.remove(path)
