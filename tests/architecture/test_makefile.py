"""One line starts, tests, checks and measures; what is missing is said in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.bench import __main__ as bench

FAMILIES = (
    *(f"append.{clients}_clients.ratio_to_insert" for clients in (1, 4, 8, 16)),
    *(f"append.{clients}_clients.stock_ratio_to_insert" for clients in (8, 16)),
    "load.10000_events.milliseconds",
    "follow.latency_p50.milliseconds",
    "follow.latency_p99.milliseconds",
    "replay.ratio_to_cursor",
    "rebuild.credits.ratio_to_cursor",
    "receipts.ratio_to_bare_reportlab",
)

OUTER = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"}


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make on our Makefile, somewhere else, as if no make had started us."""
    alone = {name: it for name, it in os.environ.items() if name not in OUTER}
    for name in ("Makefile", "requirements"):
        (folder / name).symlink_to(ROOT / name)
    return subprocess.run(
        ["make", *words],
        cwd=folder,
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("target", ["run", "test"])
def test_without_a_python_that_has_venv_one_line_tells_the_remedy(
    tmp_path: Path, target: str
) -> None:
    told = make(tmp_path, target, "PYTHON=false")
    (line,) = told.stdout.splitlines()
    assert told.returncode != 0
    for words in ("Python 3.11 or newer with venv", "apt-get install", "PYTHON="):
        assert words in line
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        (["run"], "python -m web.cli run"),
        (["test"], "python -m pytest"),
        (["check"], "python -m tests.docs --check"),
        (["docs"], "python -m tests.docs"),
        (["bench"], "python -m tests.bench --scale 1\n"),
        (["bench", "SCALE=0.2"], "python -m tests.bench --scale 0.2\n"),
    ],
)
def test_each_target_runs_what_its_name_says(
    tmp_path: Path, words: list[str], runs: str
) -> None:
    told = make(tmp_path, "--dry-run", *words)
    assert (told.returncode, runs in told.stdout) == (0, True)


def test_figures_are_flat_numbers_and_none_that_was_asked_for_is_missing() -> None:
    figures = json.loads((bench.REFERENCE / "figures.json").read_text())
    assert all(isinstance(figure, float) for figure in figures.values())
    assert set(FAMILIES) <= figures.keys()
    page = (bench.REFERENCE / "figures.md").read_text()
    assert all(f"| `{name}` |" in page for name in figures)
    assert "cores of" in page


def test_what_is_measured_is_written_over_what_was_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "REFERENCE", tmp_path)
    bench.write({"a.b": 1.0, "a.c": 2.0})
    bench.write({"a.b": 3.0})
    assert json.loads((tmp_path / "figures.json").read_text()) == {"a.b": 3, "a.c": 2}
    assert "| `a.b` | 3.00 |" in (tmp_path / "figures.md").read_text()


def test_one_part_can_be_measured_alone_and_briefly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bench", "--only", "receipts", "--scale", "0.01", "--no-write"]
    before = (bench.REFERENCE / "figures.json").read_bytes()
    monkeypatch.setattr(sys, "argv", words)
    bench.main()
    lines = capsys.readouterr().out.splitlines()
    names = ["receipts.per_cpu_second", "receipts.ratio_to_bare_reportlab"]
    assert [line.split()[0] for line in lines] == names
    assert (bench.REFERENCE / "figures.json").read_bytes() == before
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "nothing"])
    with pytest.raises(SystemExit):
        bench.main()
