"""Four packages in one wheel: all that they need in it, nothing else beside them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

import pytest

from tests.architecture.tree import PACKAGES, ROOT

SCRIPTS = Path(sys.executable).parent
NEEDED = (
    "commands/gateways/common_passwords.txt.gz",
    "projections/fonts/NotoSans-Regular.ttf",
    "projections/fonts/OFL.txt",
    "projections/receipt.typ",
    "web/catalogue.toml",
    "web/seller.toml",
    "web/migrations/0001_journal.sql",
    "web/static/daybook.css",
    "web/stand_in/assets/stand-in.css",
    "web/stand_in/templates/checkout.html",
    "web/templates/base.html",
    "web/templates/mail/receipt.txt",
    "web/translations/fr/LC_MESSAGES/messages.po",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built where no build is left in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("name", PACKAGES)
def test_each_name_is_ours_and_nobody_elses(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin) == ROOT / name / "__init__.py"
    assert set(packages_distributions().get(name, [])) <= {"daybook"}


def test_the_wheel_holds_the_four_packages_and_no_other_name(names: set[str]) -> None:
    tops = {PurePosixPath(name).parts[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


@pytest.mark.parametrize("name", NEEDED)
def test_the_wheel_holds_what_is_read_at_run_time(name: str, names: set[str]) -> None:
    assert name in names


def test_every_file_that_is_no_code_ships(names: set[str]) -> None:
    ours = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".mo")
    }
    assert ours - names == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_says_that_it_is_typed(name: str, names: set[str]) -> None:
    assert f"{name}/py.typed" in names


def test_the_wheel_passes_the_check_of_its_contents(wheel: Path) -> None:
    answer = subprocess.run(
        [SCRIPTS / "check-wheel-contents", wheel],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout


def test_the_wheel_cannot_be_uploaded_by_mistake(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (n for n in archive.namelist() if n.endswith("/METADATA"))
        told = archive.read(metadata).decode()
    assert "Classifier: Private :: Do Not Upload" in told
