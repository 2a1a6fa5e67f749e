import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {
    "dbt",
    "dlt",
    "great_expectations",
    "holidays",
    "numpy",
    "pandas",
    "prefect",
    "pyarrow",
    "requests",
    "sqlalchemy",
}


def test_imports_go_one_way_and_every_heavy_dependency_has_one_door():
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    linted = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    "module", ["flows.cli", "flows.settings", "flows.control", "flows.sources", "flows.desks", "contracts"]
)
def test_what_must_start_fast_imports_nothing_heavy(module):
    command = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    printed = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert not HEAVY & set(printed.stdout.split())
