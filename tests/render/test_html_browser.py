"""The page in a real browser: read without scripts, by keyboard, on a telephone and on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from preflight.model.digest import LOUD, last_line
from preflight.model.finding import Report, failed
from preflight.model.style import Style
from preflight.render.html import render
from tests.render.portraits import ALONE, DRAWN, SIXTY, cluster, judged
from tests.render.reports import FAILING, MIXED, VALUES, finding, report
from tests.servers.catalogue import ServerMissingError

ADDRESS: Final = "http://report.example/report.html"
LONG: Final = report(
    finding("server.version", failed("x" * 10_000, "y " * 5_000, details={"z" * 700: "e" * 10_000}), "n" * 700)
)
SMALL: Final = judged(cluster(3, 1, {"10.0.0.11:7001": "refused"}))
CASES: Final = {**DRAWN, "small": SMALL, "long": LONG}

OPEN_ALL: Final = "document.querySelectorAll('details').forEach(each => each.open = true)"
HIDDEN: Final = "all => all.filter(each => !each.checkVisibility() || !each.getClientRects().length).length"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise ServerMissingError("no browser to look at pages with: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


class Shown:
    """A page that is open, and every request that it made."""

    def __init__(self, browser: Browser, of: Report, *, width: int = 1280, **options: Any) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(20_000)
        context.route("**/*", lambda route: self._serve(route, render(of, Style())))
        self.page: Page = context.new_page()
        self.page.on("request", self._note)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(ADDRESS)

    def __enter__(self) -> Page:
        return self.page

    def __exit__(self, *_: object) -> None:
        self.page.context.close()
        assert self.requests == [ADDRESS]
        assert self.complaints == []

    def _note(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.requests.append(request.url)

    def _serve(self, route: Route, text: str) -> None:
        route.fulfill(body=text, content_type="text/html")


@pytest.mark.parametrize("name", CASES)
def test_it_is_read_without_scripts(browser: Browser, name: str) -> None:
    """The verdict and everything loud are in sight, with nothing opened and nothing loaded."""
    of = CASES[name]
    with Shown(browser, of, java_script_enabled=False) as page:
        text = " ".join(page.inner_text("body").split())
    assert last_line(of) in text
    for each in (one for one in of.findings if one.outcome in LOUD):
        values = each.verdict.details.values() if len(of.findings) < 50 else ()
        wanted = (
            each.verdict.summary,
            each.verdict.remedy or "",
            each.subject,
            f"preflight explain {each.id}",
            *values,
        )
        assert [part for part in wanted if " ".join(part[:600].split()) not in text] == []


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_everybody_can_use_it(browser: Browser, name: str, scheme: str, width: int) -> None:
    """Axe finds nothing, by WCAG 2 AA nor by its good practices, in light and dark, with everything opened."""
    with Shown(browser, CASES[name], width=width, color_scheme=scheme) as page:
        page.evaluate(OPEN_ALL)
        results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()


def test_axe_sees_what_is_wrong(browser: Browser) -> None:
    """The test above can fail."""
    with Shown(browser, FAILING) as page:
        page.evaluate("document.querySelector('.verdict').style.color = '#ccc'")
        page.evaluate("document.querySelector('html').lang = ''")
        results = Axe().run(page)
    assert {each["id"] for each in results.response["violations"]} == {"color-contrast", "html-has-lang"}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [360, 768, 1600])
def test_nothing_is_wider_than_the_window(browser: Browser, name: str, width: int) -> None:
    """Neither the page nor anything in it has to be scrolled sideways."""
    with Shown(browser, CASES[name], width=width) as page:
        page.evaluate(OPEN_ALL)
        wide = (
            "all => all.filter(each => each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML)"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.eval_on_selector_all("body *", wide) == []


@pytest.mark.parametrize("of", [ALONE, MIXED, VALUES], ids=["alone", "mixed", "values"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_keyboard_reaches_everything(browser: Browser, of: Report, width: int) -> None:
    """Tab goes to each link and each thing to open, in their order, and one sees where it is."""
    with Shown(browser, of, width=width) as page:
        page.evaluate(OPEN_ALL)
        wanted = page.evaluate("document.querySelectorAll('a[href], summary').length")
        page.evaluate("document.querySelectorAll('a[href], summary').forEach((each, n) => each.dataset.n = n)")
        reached, marked = [], []
        for _ in range(wanted):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("Number(document.activeElement.dataset.n ?? -1)"))
            marked.append(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert wanted > 5
    assert reached == list(range(wanted))
    assert set(marked) == {"solid"}


def test_the_keyboard_skips_and_opens(browser: Browser) -> None:
    """The first link goes past the head; Enter opens what is closed, without a script of ours."""
    with Shown(browser, ALONE) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") > 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "report"
        closed = page.locator("details.stage:not([open]) > summary").first
        row = page.locator("tr[data-id='config.url']")
        assert not row.is_visible()
        closed.focus()
        page.keyboard.press("Enter")
        assert row.is_visible()


@pytest.mark.parametrize("name", ["alone", "values", "sixty", "long"])
def test_on_paper_everything_is_open(browser: Browser, name: str) -> None:
    """Whatever is closed on the screen can be read in print, where the links of the page are of no use."""
    with Shown(browser, CASES[name], java_script_enabled=False) as page:
        parts = "tr[data-id], .verbatim, .names li, dd, .tiles li"
        assert page.eval_on_selector_all(parts, HIDDEN) > 0
        page.emulate_media(media="print")
        assert page.eval_on_selector_all(parts, HIDDEN) == 0
        assert not page.locator("nav, .skip").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_it_is_black_on_white(browser: Browser, scheme: str) -> None:
    """Also for those whose screen is dark."""
    with Shown(browser, SIXTY, color_scheme=scheme) as page:
        page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
        color = "each => [getComputedStyle(each).color, getComputedStyle(each).backgroundColor]"
        assert page.eval_on_selector("body", color) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        assert page.eval_on_selector("h1", color)[0] == "rgb(0, 0, 0)"
        assert page.eval_on_selector(".hero", color)[1] == "rgb(255, 255, 255)"


def test_it_can_be_printed(browser: Browser) -> None:
    """To a PDF whose pages hold what was closed: more of them than of the same report without."""
    sizes = []
    for of in (report(*SIXTY.findings[:1], targets=SIXTY.targets), SIXTY):
        with Shown(browser, of) as page:
            paper = page.pdf(format="A4")
        assert paper.startswith(b"%PDF-")
        sizes.append(len(re.findall(rb"/Type\s*/Page\b", paper)))
    assert all(before + 8 < after for before, after in pairwise(sizes))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shapes_are_seen_on_their_ground(browser: Browser, scheme: str) -> None:
    """What tells nodes apart is not drawn in the colour of what is behind it."""
    with Shown(browser, SMALL, color_scheme=scheme) as page:
        ground = page.eval_on_selector(".shards > li", "each => getComputedStyle(each).backgroundColor")
        strokes = page.eval_on_selector_all(".shards svg *", "all => all.map(each => getComputedStyle(each).stroke)")
    assert len(strokes) == 7
    assert ground not in strokes
    assert len(set(strokes)) == 2
