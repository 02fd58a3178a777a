"""How much memory the embedded server keeps pages in: a quarter of what there is.

A quarter is what the PostgreSQL manual advises for a machine of its own (§19.4); it
takes 128 MB by itself, which the indexes of some million facts outgrow.
The memory is taken as it is used, so that a small service stays small.
"""

from __future__ import annotations

import os
from pathlib import Path

MEGABYTE = 1 << 20
LEAST, MOST = 64 * MEGABYTE, 1024 * MEGABYTE
CONTAINER = Path("/sys/fs/cgroup/memory.max")
"""What a container may use (Linux, control groups version 2), or the word `max`."""


def shared_buffers(container: Path = CONTAINER) -> str:
    """Return the setting of this name."""
    quarter = min(machine_bytes(), container_bytes(container)) // 4
    return f"{max(LEAST, min(MOST, quarter)) // MEGABYTE}MB"


def machine_bytes() -> int:
    """Return how much memory the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def container_bytes(container: Path) -> int:
    """Return how much of it this process may use, as far as that is told."""
    try:
        told = container.read_text().strip()
    except OSError:
        return machine_bytes()
    return int(told) if told.isdecimal() else machine_bytes()
