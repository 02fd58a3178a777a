"""The days of a period, and what its meter shows."""

from __future__ import annotations

from tests.web.panel.test_subscriptions import Panel, panel
from tests.web.panel.using import tell
from web import create_app
from web.panel import usage_figures

__all__ = ["create_app", "panel"]


def test_every_day_of_the_period_is_there_and_the_running_total_adds_up(
    panel: Panel,
) -> None:
    panel.subscribe()
    tell(panel, range(30), "1")
    page = panel.ida.browser.get("/usage").text
    assert page.count('<g class="d">') == 31
    assert page.count("<title>") == 2
    assert "The same as a table" in page
    assert usage_figures.WARN_PERCENT == 80


def test_the_meter_fills_to_the_line_and_then_warns(panel: Panel) -> None:
    panel.subscribe()
    tell(panel, range(900), "1")
    page = panel.ida.browser.get("/usage").text
    assert '<rect class="v" width="80.00%"' in page
    assert '<rect class="o" x="80%" width="10.00%"' in page
    assert 'class="meter warn"' in page
