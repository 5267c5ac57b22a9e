"""The usage panel and the status bar's item, against the scripted provider's own count."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Script
from .conftest import LabServer, NewPage, running_lab, until
from .projects import Registry, run
from .test_accessibility import AXE, THEMES, check
from .test_keyboard import FOCUS_IS_VISIBLE, choose

PANEL = "#neoai-usage"
STATUS = ".neoai-UsageStatus:visible"
USER = [{"role": "user", "content": "How do I boil water?"}]
# Of each complete reply the provider says that it took so much.
TEXT = "At 100 degrees."
TOKENS_IN, TOKENS_OUT = 100, len(TEXT) // 4 + 1
COST = (TOKENS_IN * 1000.0 + TOKENS_OUT * 5000.0) / 1e6


@contextmanager
def provider_beside(fake: FakeProvider) -> Iterator[FakeProvider]:
    """The provider on a loop of its own: Playwright holds this thread's."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def work(coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)

    try:
        work(fake.__aenter__())
        yield fake
        work(fake.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def provider(_parts: None) -> Iterator[FakeProvider]:
    with provider_beside(FakeProvider(default=lambda _: Script(text=TEXT))) as fake:
        yield fake


@pytest.fixture(scope="module")
def usage_lab(
    provider: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """A lab with a model of known and one of unknown price."""
    spec = {
        "name": "p0",
        "kind": "openai-compatible",
        "base_url": provider.url,
        "models": [
            {"id": "known", "price_in_usd": 1000.0, "price_out_usd": 5000.0},
            {"id": "unknown"},
        ],
    }
    config = {"AIService": {"providers": [spec], "retries": 0}}
    with running_lab(tmp_path_factory.mktemp("usage") / "home", config=config) as server:
        yield server


@pytest.fixture
def registry(server: LabServer) -> Registry:
    """The server without limits."""
    found = Registry(server)
    found.call("PUT", "/ai/limits", {"soft_usd": None, "hard_usd": None})
    return found


def ask(registry: Registry, model: str, project_id: str | None = None) -> None:
    body = {"messages": USER, "cache": False, "model": f"p0/{model}", "project_id": project_id}
    registry.call("POST", "/ai/chat", body)


@pytest.fixture
def kitchen(registry: Registry, provider: FakeProvider) -> str:
    """Some requests of a project's and of none, of both models: asked once for all tests."""
    known = [project for project in registry.all() if project["name"] == "Kitchen"]
    if known:
        return str(known[0]["id"])
    kitchen = str(registry.add("kitchen", "Kitchen")["id"])
    for _ in range(3):
        ask(registry, "known", kitchen)
    ask(registry, "known")
    ask(registry, "unknown")
    registry.call("POST", "/ai/completions", {"prefix": "a = ", "model": "p0/known"})
    return kitchen


def show(page: Any) -> Any:
    run(page, "neoai:show-usage")
    panel = page.locator(PANEL)
    panel.locator(".neoai-Usage-tiles").wait_for()
    return panel


def tile(panel: Any, measure: str) -> str:
    return str(panel.locator(f"[data-measure={measure}] strong").inner_text())


def bars(panel: Any, dimension: str) -> dict[str, float]:
    """What the bars of a chart are as long as; days without requests left out."""
    found: list[tuple[str, str]] = panel.locator(
        f"[data-dimension={dimension}] [data-value]"
    ).evaluate_all("nodes => nodes.map(node => [node.dataset.key, node.dataset.value])")
    return {key: float(value) for key, value in found if float(value)}


on_usage_lab = pytest.mark.parametrize("server", ["usage_lab"], indirect=True)


@on_usage_lab
def test_the_charts_numbers_are_the_providers_own_count(
    page: Any, registry: Registry, provider: FakeProvider, kitchen: str, screenshot: Any
) -> None:
    panel = show(page)
    asked = [request.body["model"] for request in provider.requests]
    priced = asked.count("known")

    assert tile(panel, "requests") == str(len(asked))
    assert tile(panel, "cost") == f"${priced * COST:,.2f}"
    assert tile(panel, "tokens") == f"{len(asked) * (TOKENS_IN + TOKENS_OUT):,}"
    assert bars(panel, "model") == {"p0/known": pytest.approx(priced * COST)}
    assert sum(bars(panel, "day").values()) == pytest.approx(priced * COST)
    unknown = panel.locator("[data-dimension=model] [data-key='p0/unknown']")
    assert f"{asked.count('unknown')} request without a known price" in unknown.inner_text()
    screenshot(page, "usage-cost")

    panel.get_by_role("button", name="Requests").click()
    assert bars(panel, "model") == {"p0/known": priced, "p0/unknown": asked.count("unknown")}
    assert sum(bars(panel, "task").values()) == len(asked)
    assert bars(panel, "task")["completion"] == 1
    assert bars(panel, "project")[kitchen] == 3
    names = panel.locator("[data-dimension=project] .neoai-Usage-name")
    until(lambda: set(names.all_inner_texts()) == {"Kitchen", "No project"}, "the projects' names")

    panel.get_by_role("button", name="Tokens").click()
    assert bars(panel, "project")[kitchen] == 3 * (TOKENS_IN + TOKENS_OUT)

    panel.get_by_role("button", name="As Tables").click()
    row = panel.locator("[data-dimension=project] tr", has_text="Kitchen").locator("td")
    assert row.all_inner_texts() == [
        f"${3 * COST:,.2f}",
        "0",
        str(3 * TOKENS_IN),
        str(3 * TOKENS_OUT),
        "0",
        "3",
        "0",
    ]
    assert page.console_errors == []


@on_usage_lab
def test_a_request_that_was_made_meanwhile_is_there_when_one_comes_back_to_the_page(
    page: Any, registry: Registry, provider: FakeProvider, kitchen: str
) -> None:
    panel = show(page)
    ask(registry, "known", kitchen)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    until(lambda: tile(panel, "requests") == str(len(provider.requests)), "the new request")
    cost = registry.call("GET", "/ai/limits")["effective"]["cost_usd"]
    until(lambda: page.inner_text(STATUS) == f"${cost:,.2f}", "the cost in the status bar")


@on_usage_lab
def test_limits_are_set_in_the_panel_and_shown_in_the_status_bar(
    page: Any, registry: Registry, kitchen: str, screenshot: Any
) -> None:
    panel = show(page)
    panel.get_by_text("Limits", exact=True).click()
    soft, hard = panel.get_by_label("Soft limit"), panel.get_by_label("Hard limit")
    save = panel.get_by_role("button", name="Save Limits")

    soft.fill("50")
    hard.fill("20")
    assert "must not be above" in panel.inner_text()
    save.click()
    assert registry.call("GET", "/ai/limits")["hard_usd"] is None
    hard.fill("a lot")
    assert hard.get_attribute("aria-invalid") == "true"

    soft.fill("0.10")
    hard.fill("20")
    hard.press("Enter")
    panel.get_by_text("Saved; they count from now on.").wait_for()
    assert registry.call("GET", "/ai/limits")["soft_usd"] == 0.1
    panel.locator(".neoai-Usage-notice", has_text="soft limit of $0.10").wait_for()
    assert page.inner_text(STATUS).startswith("⚠ $")
    assert page.inner_text(STATUS).endswith("/ $20.00")
    screenshot(page, "usage-limits")

    soft.fill("")
    hard.fill("0.2")
    save.click()
    panel.locator(".neoai-Usage-notice", has_text="none is asked").wait_for()
    page.get_by_role("tab", name="Launcher").click()
    page.click(STATUS)
    panel.wait_for()


@on_usage_lab
def test_a_time_without_requests_says_so_and_without_an_answer_one_can_try_again(
    page: Any, registry: Registry, kitchen: str
) -> None:
    panel = show(page)
    panel.get_by_label("Period").select_option("last-month")
    panel.get_by_text("No model was asked in this time.").wait_for()
    page.context.set_offline(True)
    panel.get_by_label("Period").select_option("30-days")
    panel.get_by_role("alert").get_by_text("The server does not answer.").wait_for()
    page.context.set_offline(False)
    panel.get_by_role("button", name="Retry").click()
    panel.locator(".neoai-Usage-tiles").wait_for()
    assert panel.get_by_role("button", name="Retry").count() == 0


@on_usage_lab
def test_from_the_palette_it_takes_the_keyboard_and_after_a_reload_it_is_there_again(
    page: Any, kitchen: str
) -> None:
    with page.expect_response(lambda reply: "neoai-usage:usage" in (reply.request.post_data or "")):
        choose(page, "Show Usage of Models")
        page.locator(f"{PANEL} select:focus").wait_for()
    assert page.evaluate(FOCUS_IS_VISIBLE)
    page.reload()
    page.locator(f"{PANEL} .neoai-Usage-tiles").wait_for()


@on_usage_lab
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_wide_and_narrow_with_charts_and_tables(
    new_page: NewPage,
    server: LabServer,
    registry: Registry,
    kitchen: str,
    screenshot: Any,
    theme: str,
) -> None:
    registry.call("PUT", "/ai/limits", {"soft_usd": 0.1, "hard_usd": 2})
    server.set("@jupyterlab/apputils-extension/themes.jupyterlab-settings", {"theme": theme})
    broken: list[str] = []
    for width in (1280, 480):
        page = new_page(width=width)
        page.add_script_tag(path=str(AXE))
        panel = show(page)
        panel.get_by_text("Limits", exact=True).click()
        broken += check(page)
        screenshot(page, f"usage-{theme}-{width}")
        panel.get_by_role("button", name="As Tables").click()
        broken += check(page)
        screenshot(page, f"usage-tables-{theme}-{width}")
    assert not broken, "\n".join(broken)
