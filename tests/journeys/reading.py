"""Somebody who reads a page of the documents and types what stands there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import NamedTuple
from uuid import uuid4

from tests.running import ROOT, STOP_SECONDS_MAX, Running

BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
CHECKOUT = ("Makefile", "requirements", "ledger", "commands", "projections", "web")
LINE_SECONDS_MAX = 60.0
VARIES = {
    "<id>": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "<instant>": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    "<place>": re.compile(r"\d+\.\d+\.\d{6,}"),
    "<secret>": re.compile(r"dms_\w+"),
}
"""What is another thing each time; a page shows one example of it."""


class Block(NamedTuple):
    """A block of code: its language, and its lines without their indentation."""

    language: str
    lines: list[str]


def blocks(page: str) -> list[Block]:
    """The blocks of a page, by its path from the root."""
    return [
        Block(language, textwrap.dedent(text).rstrip("\n").split("\n"))
        for _, language, text in BLOCK.findall((ROOT / page).read_text())
    ]


def is_shown(lines: list[str], told: str) -> bool:
    """Whether this was told, together and in this order; `…` stands for anything."""
    shown = re.escape(_settled("\n".join(lines))).replace("…", ".*")
    return re.search(rf"^{shown}$", _settled(told), re.MULTILINE) is not None


def _settled(text: str) -> str:
    for name, pattern in VARIES.items():
        text = pattern.sub(name, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


class Shell:
    """A shell that keeps what was typed into it before."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.bash = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, line: str) -> str:
        """Type a line; return what it prints. It must not fail."""
        assert self.bash.stdin is not None
        assert self.bash.stdout is not None
        mark = uuid4().hex
        told: list[str] = []
        self.bash.stdin.write(f"{line}\nprintf '\\n{mark} %s\\n' $?\n")
        self.bash.stdin.flush()
        late = Timer(LINE_SECONDS_MAX, self.bash.kill)
        late.start()
        for printed in self.bash.stdout:
            if printed.startswith(mark):
                late.cancel()
                assert printed.split() == [mark, "0"], "".join([line, *told])
                return "".join(told).removesuffix("\n")
            told.append(printed)
        raise AssertionError(f"the shell ended at: {line}")

    def close(self) -> None:
        """Leave it."""
        self.bash.communicate("exit\n")


class Reader:
    """Types a page's lines, with what he was told to put in their places."""

    def __init__(self, shell: Shell, **known: str) -> None:
        self.shell = shell
        self.known = known
        self.told = ""

    def types(self, lines: list[str]) -> str:
        """Type lines as printed; return all that they print."""
        told = []
        for line in lines:
            for name, value in self.known.items():
                line = line.replace(name, value)
            assert not re.search("…|<[a-zA-Z_ ]+>", line), f"nobody said what: {line}"
            told.append(self.shell.type(line))
            self._learn(told[-1])
        return "".join(told)

    def _learn(self, told: str) -> None:
        for name, pattern in (
            ("<Key ID>", r"^Key ID +(\S+)"),
            ("<Secret>", r"^Secret +(\S+)"),
            ("<hold_id>", r'"hold_id":"([^"]+)"'),
        ):
            if found := re.search(pattern, told, re.MULTILINE):
                self.known[name] = found[1]


class Checkout(Running):
    """A folder with the project in it, where somebody runs `make run`."""

    # What is installed stays as it is, whenever its list was touched.
    command = ("make", "-o", ".venv/.runtime", "run")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.place = folder
        del self.environ["DAYBOOK_VAR"]
        for name in CHECKOUT:
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").symlink_to(sys.prefix)

    @property
    def greeting(self) -> str:
        """What it printed when it was started last."""
        return (self.folder / f"told-{self.starts}.txt").read_text()

    def stop(self) -> int:
        """Press Ctrl-C, which every process of the terminal hears."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOP_SECONDS_MAX)

    @contextmanager
    def reader(self, **known: str) -> Iterator[Reader]:
        """Open a second shell in the folder."""
        shell = Shell(self.place, self.environ)
        try:
            yield Reader(shell, **{"http://localhost:8000": self.url} | known)
        finally:
            shell.close()
