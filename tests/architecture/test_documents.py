"""The documents name what is there, and leave nothing out that they promise."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from uuid import UUID

import pytest

from tests.architecture.tree import ROOT
from tests.replay.recordings import event_classes
from web.cli import parser

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
WRITTEN = [page for page in PAGES if "reference" not in page.parts]
DEPENDENCIES = ROOT / "docs" / "decisions" / "0026-dependencies-and-why.md"
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_written_page = pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.M | re.S)


@each_page
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", prose(page))
    assert not [link for link in links if not (page.parent / link).exists()]


def guides() -> str:
    """All that tells people what to type."""
    kept = (page for page in WRITTEN if "decisions" not in page.parts)
    return "\n".join(page.read_text() for page in kept)


def test_every_command_that_is_printed_is_understood_as_it_stands() -> None:
    printed = re.findall(r"^ *daybook ([a-z].*)$", guides(), re.M)
    assert len(printed) > 20
    for line in printed:
        typed = line.replace("$ACCOUNT", str(UUID(int=1))).split(" > ")[0]
        assert parser().parse_args(shlex.split(typed, comments=True))
    for wrong in (["audit", "rewind"], ["unpark", "credits"], ["nothing"]):
        with pytest.raises(SystemExit):
            parser().parse_args(wrong)


def test_every_command_that_is_spoken_of_is_there() -> None:
    told = parser().format_help()
    known = set(re.findall(r"^    ([a-z-]+)\b", told, flags=re.M))
    used = set(re.findall(r"`daybook ([a-z-]+)", guides()))
    assert {"api-key", "audit", "migrate", "serve"} <= used
    assert used - known == set()


@each_written_page
def test_one_sentence_stands_on_a_line_of_running_text(page: Path) -> None:
    running = [
        line
        for line in prose(page).splitlines()
        if line and line[0].isalpha() and "decisions" not in page.parts
    ]
    assert not [line for line in running if re.search(r"[a-z)`]\. [A-Z]", line)]


def test_the_changelog_lists_every_topic_that_is_recorded() -> None:
    recorded = (ROOT / "CHANGELOG.md").read_text().partition("### Recorded")[2]
    listed = set(re.findall(r"`([a-z_]+\.[A-Z]\w+)`", recorded))
    assert listed == event_classes().keys()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[\[<>=; ]", line)[0] for line in project["dependencies"]}
    rows = re.findall(r"^\| ([a-z, -]+) \| (.+) \|$", DEPENDENCIES.read_text(), re.M)
    given = {name for names, _ in rows for name in names.split(", ")} - {"dependency"}
    assert given - {"---"} == declared


def test_the_readme_names_the_four_targets_and_no_badge() -> None:
    text = (ROOT / "README.md").read_text()
    for words in ("make run", "make check", "make test", "docs/index.md"):
        assert words in text
    assert "![" not in text
