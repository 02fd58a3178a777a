"""Measure what matters and write it down: `python -m tests.bench`."""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import platform
from pathlib import Path

FOLDER = Path(__file__).parent
REFERENCE = FOLDER.parents[1] / "docs" / "reference"


def main() -> None:
    """Run the chosen modules, print a table, write figures.json and figures.md."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench")
    asked.add_argument("--scale", type=float, default=1.0)
    asked.add_argument("--only", action="append", default=[], metavar="NAME")
    asked.add_argument("--no-write", action="store_true")
    given = asked.parse_args()
    known = sorted(path.stem[6:] for path in FOLDER.glob("bench_*.py"))
    if unknown := set(given.only) - set(known):
        asked.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    figures: dict[str, float] = {}
    for name in given.only or known:
        module = importlib.import_module(f"tests.bench.bench_{name}")
        found: dict[str, float] = module.run(given.scale)
        for what, figure in found.items():
            print(f"{what:<58} {shown(figure):>12}", flush=True)  # noqa: T201
        figures |= {what: float(f"{figure:.4g}") for what, figure in found.items()}
    if not given.no_write:
        write(figures)


def shown(figure: float) -> str:
    """Return the figure as people read it."""
    return f"{figure:,.2f}" if figure < 100 else f"{figure:,.0f}"


def write(figures: dict[str, float]) -> None:
    """Write the figures over those of an earlier run; what was not run stays."""
    path = REFERENCE / "figures.json"
    earlier: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    merged = dict(sorted((earlier | figures).items()))
    path.write_text(json.dumps(merged, indent=2) + "\n")
    lines = [
        "# Figures",
        "",
        f"Measured by `make bench`, last on {datetime.datetime.now(datetime.UTC):%F},",
        f"on {machine()}.",
        "Client and server share the machine, so only ratios of one run say much.",
        "What the plain INSERT is that appends are compared with, and what a command",
        "writes beyond it, stands in [decision 56](../decisions/"
        "0056-who-waits-commits.md).",
        "",
        "| figure | value |",
        "| --- | ---: |",
        *(f"| `{name}` | {shown(figure)} |" for name, figure in merged.items()),
    ]
    (REFERENCE / "figures.md").write_text("\n".join(lines) + "\n")


def machine() -> str:
    """Return what this machine is, as far as it says so."""
    model = platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        named = [
            line.partition(":")[2].strip()
            for line in cpus.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = named[0] if named else model
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
