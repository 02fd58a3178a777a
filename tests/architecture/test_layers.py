"""Nothing points up, and a machine says so."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the packages that stand in a folder."""
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The four packages in a folder where faults may be planted."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in PACKAGES:
        only_code = shutil.ignore_patterns("*.ttf", "*.otf", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=only_code)
    return tmp_path


def test_the_layers_hold() -> None:
    answer = linted(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("ledger/money.py", "import os", "the ledger is pure"),
        ("ledger/money.py", "import commands", "nothing points up"),
        ("projections/credits.py", "import commands.credits", "nothing points up"),
        ("web/pages.py", "import ledger.credits", "pages never touch an aggregate"),
        ("commands/credits.py", "import flask", "HTTP stays in web"),
    ],
)
def test_an_import_that_points_up_is_refused_and_named(
    copy: Path, module: str, line: str, contract: str
) -> None:
    path = copy / module
    path.write_text(f"{path.read_text()}\n{line}\n")
    answer = linted(copy)
    assert answer.returncode == 1
    assert f"{contract} BROKEN" in answer.stdout
