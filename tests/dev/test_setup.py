"""Set-up on a bare Python: what it does once, what it does again, and what it says."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dev.running import ROOT

INSTALL = "import setup; setup.install_python_packages('run')"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that needs no package at all."""
    for folder in ("scripts", "requirements"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "scripts" / "setup.py", tmp_path / "scripts")
    (tmp_path / "requirements" / "run.txt").touch()
    return tmp_path


def install(project: Path, *, script: str = INSTALL) -> subprocess.CompletedProcess[str]:
    command = (sys._base_executable, "-B", "-c", script)  # type: ignore[attr-defined]
    return subprocess.run(command, cwd=project / "scripts", capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_packages_are_installed_once_and_again_after_an_interruption(project: Path) -> None:
    assert "Installing Python packages" in install(project).stdout
    assert install(project).stdout == ""
    # As it stands when the power goes in the middle.
    (project / ".venv" / "unfinished").touch()
    (project / ".venv" / "half-written").touch()
    assert "Installing Python packages" in install(project).stdout
    assert not (project / ".venv" / "half-written").exists()
    assert not (project / ".venv" / "unfinished").exists()


@pytest.mark.slow
def test_an_environment_whose_python_is_gone_is_made_anew(project: Path) -> None:
    programs = project / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to("/nowhere/python3")
    assert "Installing Python packages" in install(project).stdout
    assert (programs / "python").exists()


def test_an_old_python_is_told_what_is_needed(project: Path) -> None:
    script = (
        "import os, sys; sys.version_info = (3, 9, 2); os.environ['PATH'] = ''; sys.argv = ['setup.py'];"
        "import runpy; runpy.run_path('setup.py', run_name='__main__')"
    )
    told = install(project, script=script)
    assert told.returncode == 2
    assert "Python 3.11 or newer is needed" in told.stderr


def test_make_help_names_every_target() -> None:
    targets = {
        line.partition(":")[0]
        for line in (ROOT / "Makefile").read_text().splitlines()
        if line[:1].islower() and ":" in line and "=" not in line
    }
    told = subprocess.run(("make", "help"), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets
    assert all(f"make {target} " in told for target in targets)


def test_nothing_that_is_installed_or_made_is_in_the_repository() -> None:
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--ignored", "--exclude-standard"), cwd=ROOT, capture_output=True, text=True
    )
    assert listed.stdout == ""
