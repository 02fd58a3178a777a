"""Bring an embedded cluster to another major version, and keep the old one."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from web.embedded import Binaries, EmbeddedServer, ServerTrouble
from web.embedded_cluster import Cluster, complaint, sync
from web.embedded_process import PORT

log = logging.getLogger(__name__)


class UpgradeFailed(ServerTrouble):
    """The data could not be carried over; they are as they were."""


def upgrade(folder: Path, old_binaries: Binaries, new_binaries: Binaries) -> Path:
    """Copy a folder's data into a cluster of the new version and put it in their place.

    Returns the folder in which the old data are kept until somebody deletes them.
    Transaction ids, and with them positions, go on. Raises ServerTrouble; until the
    copy is complete nothing is touched.
    """
    # A clean stop, after crash recovery where one is due, is what pg_upgrade asks for.
    with EmbeddedServer(folder, binaries=old_binaries):
        pass
    with EmbeddedServer(folder, binaries=old_binaries).alone() as old:
        new = Cluster(old.home, old.servant, new_binaries.runnable_by(old.servant))
        kept = old.home / f"data-{old.programs.version}"
        if kept.exists():
            raise UpgradeFailed(f"{kept} is there already: move it or delete it.")
        draft = _carry_over(old, new)
        # A start between the two renames finds data.upgraded and finishes the work.
        draft.rename(old.home / "data.upgraded")
        sync(old.home)
        old.data.rename(kept)
        (old.home / "data.upgraded").rename(old.data)
        sync(old.home)
    _analyse(folder, new_binaries)
    return kept


def _carry_over(old: Cluster, new: Cluster) -> Path:
    checksums = _has_checksums(old)
    # From 18 on checksums are the default, and both sides have to agree.
    without = ["--no-data-checksums"] if new.programs.major >= 18 else []
    draft = new.initdb(*(["--data-checksums"] if checksums else without))
    workplace = old.home / "upgrading"
    shutil.rmtree(workplace, ignore_errors=True)
    workplace.mkdir(mode=0o700)
    old.servant.own(workplace)
    old.make_socket_folder()
    done = old.servant.run(
        new.programs.folder / "pg_upgrade",
        *("--copy", "--username=postgres", f"--socketdir={old.socket_folder}"),
        *(f"--old-bindir={old.programs.folder}", f"--new-bindir={new.programs.folder}"),
        *(f"--old-datadir={old.data}", f"--new-datadir={draft}"),
        cwd=workplace,
        PGPASSWORD=old.password,
    )
    shutil.rmtree(workplace, ignore_errors=True)
    if done.returncode == 0 and not checksums:
        program = new.programs.folder / "pg_checksums"
        done = old.servant.run(program, "--enable", f"--pgdata={draft}", cwd=draft)
    if done.returncode != 0:
        raise UpgradeFailed(
            f"The upgrade of {old.data} failed ({complaint(done.stdout)}): the data "
            "are untouched, remedy that and try again."
        )
    return draft


def _has_checksums(cluster: Cluster) -> bool:
    program = cluster.programs.folder / "pg_controldata"
    told = cluster.servant.run(program, cluster.data, cwd=cluster.data).stdout
    return "page checksum version: 0" not in " ".join(told.split())


def _analyse(folder: Path, binaries: Binaries) -> None:
    """Give the planner figures, which it does not inherit from every version."""
    with EmbeddedServer(folder, binaries=binaries) as server:
        made = server.cluster.servant.run(
            server.cluster.programs.folder / "vacuumdb",
            *("--all", "--analyze-in-stages", "--quiet", "--username=postgres"),
            *(f"--host={server.socket_folder}", f"--port={PORT}"),
            cwd=server.data,
            PGPASSWORD=server.cluster.password,
        )
    if made.returncode != 0:
        log.warning("The planner has no figures yet: %s", complaint(made.stdout))
