"""A real browser (Debian's Chromium, driven by Playwright) against a live server.

Without Chromium these tests are skipped and say so; with KAJING_REQUIRE_ALL=1 they fail instead. Screenshots go to
test-artifacts/.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase

from kajing.org.models import Person
from tests.browser.desk import desk  # noqa: F401  a fixture comes into being by being imported here
from tests.browser.leads import leads  # noqa: F401
from tests.browser.letters import letters  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "test-artifacts"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-color-profile=srgb",
]  # fmt: skip
# Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

WATCH = """
window.seen = { csp: [], cls: 0, lcp: 0 };
document.addEventListener('securitypolicyviolation', e => seen.csp.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));
new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) seen.cls += e.value; }).observe({ type: 'layout-shift', buffered: true });
new PerformanceObserver(l => { for (const e of l.getEntries()) seen.lcp = e.startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder carries the mark."""
    for item in items:
        if Path(str(item.fspath)).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


def _missing() -> str:
    if not _chromium():
        return "Chromium is not installed: apt-get install chromium fonts-noto-cjk"
    if not AXE.exists():
        return "the front end is not built: python -m kajing.ui.build assets"
    return ""


def _chromium() -> str | None:
    return next(filter(None, (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, one for the session, with a fresh profile."""
    lacking = _missing()
    if lacking:
        if os.environ.get("KAJING_REQUIRE_ALL") == "1":
            pytest.fail(lacking)
        pytest.skip(lacking)
    from playwright.sync_api import sync_playwright

    ARTIFACTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kajing-browser-") as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS, env={**os.environ, "HOME": home})
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file: tables of a database in memory are locked for readers while another thread writes."""
    wanted = connections["default"].settings_dict
    if wanted["ENGINE"].endswith("sqlite3"):
        wanted["TEST"]["NAME"] = str(tmp_path_factory.mktemp("browser") / "kajing.db")


@pytest.fixture(scope="session", autouse=True)
def _as_it_was(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After a test the file becomes what it was before the first, in 10 ms.

    Django would empty every table and have every room sow its rows again: 300 ms of work.
    """
    database = connections["default"]
    if database.vendor != "sqlite":
        yield
        return
    with closing(sqlite3.connect(":memory:")) as kept, pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            database.ensure_connection()
            database.connection.backup(kept)

        def back(_test: TransactionTestCase) -> None:
            database.ensure_connection()
            kept.backup(database.connection)

        patch.setattr(TransactionTestCase, "_fixture_teardown", back)
        yield


@dataclass
class Seen:
    """What a page did that a good page does not do, and what it fetched."""

    faults: list[str] = field(default_factory=list)
    bodies: dict[str, int] = field(default_factory=dict)

    def watch(self, page: Any) -> None:
        """Listen to a page from before its first request."""
        page.add_init_script(WATCH)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text}")

    def _failed(self, request: Any) -> None:
        # A page left while something loads aborts it; that is not a fault.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def weigh(self, page: Any) -> tuple[float, list[str]]:
        """(KB as gzip would send them, addresses) of the page as loaded with an empty cache."""
        names = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
        urls = [page.url, *dict.fromkeys(name.split("#")[0] for name in names)]
        bodies = [page.request.get(url).body() for url in urls]
        return sum(len(gzip.compress(body, 6)) for body in bodies) / 1024, urls

    def take(self, page: Any) -> list[str]:
        """The faults since the last call, with the policy's violations."""
        found = self.faults + [f"policy: {text}" for text in page.evaluate("window.seen ? seen.csp : []")]
        self.faults = []
        return found


@dataclass
class Tab:
    """One signed-in tab."""

    page: Any
    seen: Seen
    base: str

    def open(self, path: str) -> Any:
        """Go to a path of the live server and wait until it is quiet."""
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def until(self, expression: str, seconds: float = 10) -> None:
        """Wait until a script expression is true. Playwright's own wait evaluates in the page, which our policy forbids."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"still not true: {expression}"
            self.page.wait_for_timeout(50)

    def axe(self) -> list[str]:
        """Violations of WCAG 2.2 A and AA and of best practice, one line each; never in the page's own policy."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("tags => axe.run(document, { runOnly: tags })", AXE_TAGS)
        return [f"axe {v['id']}: {node['html'][:160]}" for v in found["violations"] for node in v["nodes"][:3]]

    def overflow(self) -> list[str]:
        """The elements that make the page scroll sideways."""
        return self.page.evaluate(
            """() => { const scrolls = e => { for (let p = e.parentElement; p && p.tagName !== 'MAIN'; p = p.parentElement)
              if (getComputedStyle(p).overflowX !== 'visible') return true; return false; };
            return document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e))
              .slice(0, 3).map(e => 'wider than the page: ' + e.outerHTML.slice(0, 120)) }""",
        )

    def small_targets(self) -> list[str]:
        """Controls whose hit area is under 24 x 24 px; links inside a sentence are exempt (WCAG 2.5.8)."""
        return self.page.evaluate(SMALL_TARGETS)

    def shoot(self, name: str) -> None:
        """Keep a picture."""
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")


SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')].filter(e => {
  if (e.type === 'hidden' || e.disabled || !e.checkVisibility() || e.closest('.skip, .vh, dialog:not([open])')) return false;
  const inline = getComputedStyle(e).display === 'inline' && e.parentElement.textContent.trim() !== e.textContent.trim();
  if (inline) return false;
  e.scrollIntoView({ block: 'center', inline: 'nearest' });
  const { left, top, width, height } = e.getBoundingClientRect();
  if (width >= 24 && height >= 24) return false;
  const [x, y] = [left + width / 2, top + height / 2];
  const own = (px, py) => { const hit = document.elementFromPoint(px, py); return hit && (hit === e || e.contains(hit) || hit.closest('label')?.control === e); };
  return !((width >= 24 || (own(x - 11.5, y) && own(x + 11.5, y))) && (height >= 24 || (own(x, y - 11.5) && own(x, y + 11.5))));
}).map(e => `under 24 px: ${Math.round(e.getBoundingClientRect().width)}x${Math.round(e.getBoundingClientRect().height)} ${e.outerHTML.slice(0, 120)}`)"""


@pytest.fixture
def open_tab(chromium: Any, live_server: Any, sign_in: Callable[[Person], Any]) -> Iterator[Callable[..., Tab]]:
    """``open_tab(ana, width=390)``: a fresh browser profile, signed in (nobody: ``open_tab(None)``)."""
    contexts = []

    def tab(person: Person | None, *, width: int = 1440, height: int | None = None, **options: Any) -> Tab:
        phone = width < 760
        context = chromium.new_context(
            viewport={"width": width, "height": height or (844 if phone else 900)},
            has_touch=phone,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if person is not None:
            session = sign_in(person).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page, seen = context.new_page(), Seen()
        seen.watch(page)
        return Tab(page, seen, live_server.url)

    yield tab
    for context in contexts:
        context.close()
