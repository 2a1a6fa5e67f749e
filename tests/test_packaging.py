import re
import stat
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
PYPROJECT = (ROOT / "pyproject.toml").read_text()
PROJECT = tomllib.loads(PYPROJECT)["project"]
ASKED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


def locked():
    """The requirements of the lock, each with the hashes that follow it."""
    entries = re.findall(r"^([a-z0-9][^\\\n]*) \\\n((?:    --hash=.*\n)+)", LOCK, flags=re.MULTILINE)
    return [(Requirement(requirement), hashes) for requirement, hashes in entries]


def test_the_lock_names_no_index_and_no_folder():
    assert not re.search(r"://|--(extra-)?index-url|--find-links|file:", LOCK)


def test_every_line_of_the_lock_is_pinned_and_hashed():
    lines = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(locked()) > 100
    for requirement, hashes in locked():
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement
        assert "sha256:" in hashes


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_what_is_asked_for_is_in_the_lock_for_every_python(asked, python):
    wanted = Requirement(asked)
    there = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    versions = [
        next(iter(requirement.specifier)).version
        for requirement, _ in locked()
        if canonicalize_name(requirement.name) == canonicalize_name(wanted.name)
        and (requirement.marker is None or requirement.marker.evaluate(there))
    ]
    assert len(versions) == 1
    assert wanted.specifier.contains(versions[0])


@pytest.mark.parametrize("asked", ASKED)
def test_every_dependency_says_why_it_is_there(asked):
    (line,) = [line for line in PYPROJECT.splitlines() if line.strip().startswith(f'"{asked}"')]
    assert "# " in line


def test_it_is_never_uploaded_to_an_index():
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_continuous_integration_runs_what_a_laptop_runs():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert "exec make test" in script.read_text()
