"""A base backup and the log after it, kept and restored as the guide says."""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import datetime
from pathlib import Path

from tests.journeys.reading import Block, blocks
from web.embedded import EmbeddedServer

PAGE = "docs/how-to/back-up.md"
SETTING = re.compile(r"(\w+) = '?(.*?)'?$")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00")


def parts(language: str) -> list[Block]:
    """The page's blocks of one language."""
    return [block for block in blocks(PAGE) if block.language == language]


class Archive:
    """The folder that the guide calls /backups, in one that the server reaches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "log").mkdir()
        kept, self._asked = (block.lines for block in parts("ini"))
        self.settings = self._read(kept)

    def begin(self, server: EmbeddedServer) -> None:
        """Take a base to begin from."""
        server.cluster.servant.own(self.folder / "log")
        self._type("pg_basebackup", server, f"--dbname={server.conninfo()}")

    def restored(self, server: EmbeddedServer, moment: datetime) -> EmbeddedServer:
        """Return a server, not started yet, that goes on from a moment."""
        self._type("cp", server)
        self._type("touch", server)
        home = self.folder / "restored"
        home.mkdir(mode=0o711)
        (self.folder / "again").rename(home / "data")
        for place in (home / "data", *(home / "data").rglob("*")):
            server.cluster.servant.own(place)
        subprocess.run(["cp", server.folder / "pgpass", home], check=True)
        settings = self._read(self._asked)
        assert MOMENT.fullmatch(settings["recovery_target_time"])
        settings["recovery_target_time"] = moment.isoformat()
        return EmbeddedServer(home, settings=settings)

    def _read(self, lines: list[str]) -> dict[str, str]:
        found = (SETTING.fullmatch(line) for line in lines)
        return {
            name: value.replace("/backups", str(self.folder))
            for name, value in (one.groups() for one in found if one is not None)
        }

    def _type(self, program: str, server: EmbeddedServer, *more: str) -> None:
        """Run the line of the guide that begins so and names the archive."""
        (line,) = (
            line
            for block in parts("sh")
            for line in block.lines
            if line.startswith(program) and "/backups" in line
        )
        words = shlex.split(line.replace("/backups", str(self.folder)))
        ours = server.cluster.programs.folder / words[0]
        first = str(ours) if ours.exists() else words[0]
        subprocess.run([first, *words[1:], *more], check=True, capture_output=True)
