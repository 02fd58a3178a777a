"""One whole running service for all journeys of a run, and a Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser_ready import HOW, chromium
from tests.conftest import Cluster
from tests.places import roomy_folder
from tests.running import Running
from tests.whole import Whole, whole_service

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
START = datetime(2023, 1, 31, 9, 30, tzinfo=UTC)
"""In the past, so that the command line, which has no other clock, finds all of it."""
REMEDY = f"no Chromium found: {HOW}"


# Not for the session: playwright's event loop would be in the way of other tests'.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's browser; without one these tests are skipped, but not in CI."""
    program = chromium()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(REMEDY)
        pytest.skip(REMEDY)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """A service with nobody in it yet."""
    with roomy_folder() as folder:
        # Each browser says which machine it is, as a proxy in front would.
        service = Running(folder, DAYBOOK_TRUSTED_PROXIES="1")
        try:
            service.start()
            yield service
        finally:
            status = service.stop()
        assert status == 0


@pytest.fixture(scope="module")
def travelling(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Whole]:
    """A service whose time is ours, from a 31st of January on."""
    folder = tmp_path_factory.mktemp("travelling")
    with whole_service(cluster.new_database(), folder, START) as whole:
        yield whole
