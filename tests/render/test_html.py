"""The page: complete, well-formed, of one piece, and deaf to what the data says."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.model.digest import LOUD, last_line
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Certificate
from preflight.model.finding import Outcome, Report, TargetSummary, Verdict, failed, not_applicable, passed, warned
from preflight.model.portrait import Chain, Portrait, Shard
from preflight.model.printable import printable
from preflight.model.style import Style
from preflight.model.target import Mode
from preflight.render.html import render
from tests.render.hostile import ATTACKS
from tests.render.portraits import ALONE, DRAWN, SIXTY, UNREACHED, cluster, judged
from tests.render.reports import FAILING, HEALTHY, LOST, MIXED, PATCH, UNUSABLE, VALUES, WORKLOADS, finding, report

VOID: Final = {"meta", "link", "br"}
HOSTILE: Final = [
    *ATTACKS,
    *("--><img src=x onerror=y>", "</title><script>x</script>", "' onfocus='x", "&#0;", "{{ 7 * 7 }}", "{% raw %}"),
    "javascript:x",
    "<" * 10_000,
]


class Page(HTMLParser):
    """The page as a parser reads it; every element must be closed by its own name."""

    def __init__(self, of: Report) -> None:
        super().__init__()
        self.source = render(of, Style())
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(self.source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(f"{tag}.{kind}" for tag, kind in self._open), data))

    def text(self, within: str = "", without: str = "\n") -> str:
        """What stands in elements of that tag or `tag.class`."""
        shown = [
            text
            for path, text in self.texts
            if any(each.startswith(within) for each in path) and not any(each.startswith(without) for each in path)
        ]
        return " ".join(" ".join(shown).split())

    def each(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def rows(self) -> Counter[tuple[str | None, ...]]:
        names = ("data-id", "data-target", "data-subject", "data-outcome")
        return Counter(tuple(each[name] for name in names) for each in self.each("tr") if "data-id" in each)


def full_of(text: str) -> Report:
    """A report with something of everything that is drawn, and the text wherever one may stand."""
    certificate = Certificate(
        subject=text,
        issuer=text + "x",
        common_name=text,
        names=(text,),
        not_before=text,
        not_after=text,
        key=text,
        signature=text,
    )
    portrait = Portrait(
        shards=(Shard(primary=text, slots=text, replicas=(text + "1", "lost" + text)),),
        unreached={"lost" + text: text, text + "2": "refused"},
        latency=(0.001, 0.002),
        seen_from=text,
        chains=tuple(Chain(nodes=(text,), certificates=(certificate,)) for _ in range(5)),
    )
    details = {"evidence": text, text or "empty": "value"}
    return report(
        finding("config.url", passed(text)),
        finding("server.version", failed(text, text, details=details, patch={"key": text}), text),
        finding("server.role", warned(text, text, patch={text: text}), text),
        finding("server.role", warned(text, text, details={"evidence": text + "x"}), text + "x"),
        finding("server.clock", not_applicable(text), text),
        finding("auth.accepted", Verdict(outcome=Outcome.BLOCKED, summary=text), text, blocked_by="server.version"),
        finding("auth.user", Verdict(outcome=Outcome.BLOCKED, summary=text), text, blocked_by=text),
        targets=(
            TargetSummary(
                name="langsmith",
                mode=Mode.CLUSTER,
                endpoints=(text,),
                shown=text,
                used_by=(text,) * 7,
                portrait=portrait,
            ),
            TargetSummary(name=text + "!", mode=Mode.STANDALONE, endpoints=(text,), shown=text),
        ),
    )  # fmt: skip


LEFT_OUT: Final = Verdict(outcome=Outcome.NOT_APPLICABLE, summary="skipped by --skip tls", cause=Cause.SKIPPED)
CASES: Final = {
    **DRAWN,
    "skipped": report(finding("tls.trusted", LEFT_OUT)),
    "empty target": report(targets=VALUES.targets),
    "nothing": report(),
    "elsewhere": report(finding("a.b", failed("x", "y"))),
    "plain": full_of("plain"),
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Report, Page]:
    """Each report and its page, read once."""
    return CASES[request.param], Page(CASES[request.param])


def expected(of: Report) -> Counter[tuple[str, ...]]:
    return Counter(
        (printable(each.id), printable(each.target), printable(each.subject), each.outcome.value)
        for each in of.findings
    )


def test_every_finding_has_its_row(case: tuple[Report, Page]) -> None:
    """The same outcome for each check, target and subject, and no row more."""
    of, page = case
    assert page.rows == expected(of)


def test_what_is_loud_is_there_in_full(case: tuple[Report, Page]) -> None:
    """What, where, evidence, change, and where to read on; none of it in something closed."""
    of, page = case
    cards = page.text("article.", without="details.")
    for each in (one for one in of.findings if one.outcome in LOUD):
        values = each.verdict.details.values() if len(of.findings) < 50 else ()
        wanted = (
            each.verdict.summary,
            each.verdict.remedy or "",
            each.subject,
            f"preflight explain {each.id}",
            *values,
        )
        assert [text for text in wanted if " ".join(text.split()) not in cards] == []


def test_the_verdict_stands_on_top(case: tuple[Report, Page]) -> None:
    """The same line as everywhere else."""
    of, page = case
    assert " ".join(last_line(of).split()) in page.text("header.hero")


def test_it_is_of_one_piece(case: tuple[Report, Page]) -> None:
    """Links lead to the page itself, and there is nothing that would be loaded."""
    _, page = case
    assert not {"script", "img", "iframe", "object", "embed", "base", "form", "image", "use"} & {
        tag for tag, _ in page.tags
    }
    links = [
        value for _, attributes in page.tags for name, value in attributes.items() if name.endswith(("href", "src"))
    ]
    assert {link for link in links if not str(link).startswith("#")} == {"data:,"}
    assert not re.search(r"url\(|@import|https?:", page.text("style."))
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]


def test_it_is_the_same_in_every_encoding(case: tuple[Report, Page]) -> None:
    """A redirected output may be in another than the page says; in its style, signs are written in CSS's way."""
    _, page = case
    assert page.source.isascii()
    assert "&#" not in page.text("style.")


def test_the_policy_comes_before_all_that_it_bounds(case: tuple[Report, Page]) -> None:
    """No script, no font, no image but those in the page."""
    _, page = case
    assert "charset" in page.each("meta")[0]
    assert page.each("meta")[1]["http-equiv"] == "Content-Security-Policy"
    policy = str(page.each("meta")[1]["content"])
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


def test_links_lead_somewhere(case: tuple[Report, Page]) -> None:
    """Every anchor exists, once, and what labels a region too."""
    _, page = case
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    assert set(ids.values()) == {1}
    assert {str(each["href"])[1:] for each in page.each("a")} <= set(map(str, ids))
    assert {each["aria-labelledby"] for _, each in page.tags if "aria-labelledby" in each} <= set(ids)


def test_headings_are_in_order(case: tuple[Report, Page]) -> None:
    """One of the first rank, and none skips a rank."""
    _, page = case
    ranks = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert ranks.count(1) == 1
    assert ranks[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(ranks))


def test_those_who_do_not_see_are_told(case: tuple[Report, Page]) -> None:
    """Language, title, landmarks, the scope of headers; a picture says what it shows, or is an ornament."""
    _, page = case
    assert page.each("html") == [{"lang": "en"}]
    assert page.text("title.")
    assert {"header", "main", "footer"} <= {tag for tag, _ in page.tags}
    assert all("scope" in each for each in page.each("th"))
    assert all(each.get("aria-hidden") == "true" or each.get("role") == "img" for each in page.each("svg"))
    assert len([each for each in page.each("svg") if "role" in each]) <= len(page.each("title")) - 1


def test_the_root_cause_stands_on_top() -> None:
    """With what it blocks; what failed beside it is named."""
    first = Page(FAILING).text("section.first")
    assert "The root cause" in first
    assert "the certificate is for another name" in first
    assert "It blocks 3 checks in auth · server." in first
    other = finding("config.port", failed("odd", "Change it."))
    assert "Beside it: config.port ." in Page(report(*FAILING.findings, other)).text("section.first")
    assert "Beside it" not in first


def test_without_a_root_the_worst_stands_on_top() -> None:
    """What failed before what only warns, and nothing where all is well."""
    first = Page(MIXED).text("section.first")
    assert "What failed" in first
    assert "this is a node of a Redis Cluster" in first
    assert "Valkey 9.1.0" not in first
    assert "Worth reading" in Page(ALONE).text("section.first")
    assert Page(HEALTHY).text("section.first") == ""


@pytest.mark.parametrize(
    ("of", "headline"),
    [(HEALTHY, "Nothing stands in the way"), (FAILING, "This will not work yet"),
     (ALONE, "It works, but read the warnings"),
     (UNUSABLE, "Nothing was checked"), (report(), "Nothing was checked"), (MIXED, "preflight broke on the way"),
     (report(finding("auth.user", LOST, blocked_by="deadline")), "It could not be told")],
)  # fmt: skip
def test_headline(of: Report, headline: str) -> None:
    """In words, for each outcome."""
    assert headline in Page(of).text("h1.")


def test_the_ladder_has_every_rung() -> None:
    """In order, with the root cause on the broken one."""
    page = Page(FAILING)
    rungs = {str(each["data-stage"]): each["data-state"] for each in page.each("li") if "data-stage" in each}
    assert list(rungs) == [str(stage) for stage in Stage]
    assert (rungs["tcp"], rungs["tls"], rungs["auth"], rungs["capacity"]) == ("pass", "fail", "blocked", "unchecked")
    assert "blocks 3 checks in auth · server" in page.text("p.root")
    assert "Root cause tls.hostname" in page.text("p.root")


def test_values_can_be_copied() -> None:
    """As YAML that says the same."""
    page = Page(report(finding("topology.mode", failed("x", "y", patch=PATCH))))
    [text] = [text for path, text in page.texts if path[-1:] == ("pre.",)]
    assert yaml.safe_load(text) == PATCH
    assert page.text("section.panel cures") == ""


def test_several_patches_stand_together_once_more() -> None:
    """As one; one that only a person can complete is not among them."""
    tls = finding("config.tls", failed("off", "Switch it on.", patch={"redis": {"tls": True}}))
    safe = finding("config.safe-mode", warned("ignored", "Remove it.", patch={"redis": {"safe": False}}))
    masked = finding("topology.mode", failed("wrong", "Change it.", patch={"redis": {"password": "***"}}))
    cures = Page(report(tls, safe, masked)).text("section.panel cures")
    assert "These cure config.tls, config.safe-mode" in cures
    assert "redis: tls: true safe: false" in cures
    assert "***" not in cures


def test_many_nodes_that_say_the_same_are_one_entry() -> None:
    """All of them by name where it is opened, each with evidence of its own."""
    verdicts = [warned("Valkey 9.1.0", "Prefer 8.", details={"build": f"b-{each}"}) for each in range(100)]
    found = [finding("server.version", verdict, f"node-{each}:1") for each, verdict in enumerate(verdicts)]
    page = Page(report(*found))
    assert len(page.each("article")) == 1
    assert "node-4:1 and 95 more" in page.text("article.", without="details.")
    closed = page.text("ul.names")
    assert all(f"node-{each}:1 build: b-{each}" in closed for each in range(100))


def test_long_text_is_all_there() -> None:
    """Its beginning at first sight, the rest where it is opened."""
    text = "x" * 5_000 + "end"
    page = Page(report(finding("server.version", failed(text, text, details={"evidence": text}))))
    assert text not in page.text("article.", without="details.")
    assert page.text("div.verbatim").count(text) == 3


def test_who_uses_it() -> None:
    """All of them."""
    shown = Page(VALUES).text("dl.facts")
    assert [each for each in WORKLOADS if each not in shown] == []


def test_a_key_of_a_secret_is_no_node() -> None:
    """What a finding on the configuration is about is called so."""
    assert "about langsmith-tls/ca.crt" in Page(VALUES).text("article.")
    assert "node redis.example.com:6380" in Page(FAILING).text("article.")


def test_unreached_nodes_are_told_by_word() -> None:
    """Each with its cause, on top and in the list of all."""
    page = Page(SIXTY)
    assert "60 nodes in 20 shards" in page.text("p.lead")
    assert "3 not reached" in page.text("p.lead")
    listed = page.text("table.every")
    for name, cause in UNREACHED.items():
        assert f"{name} ({cause})".replace(" ", "") in page.text("p.lead").replace(" ", "")
        assert re.search(rf"{re.escape(name)} (primary|replica) Shard \d+[^✘]{{0,30}} ✘ no: {cause}", listed)
    assert listed.count("✘ no") == 3


def test_few_shards_are_shown_with_their_names() -> None:
    """Slots, roles, and who was not reached."""
    page = Page(judged(cluster(3, 1, {"10.0.0.11:7001": "refused"})))
    shards = page.text("ul.shards")
    assert "Shard 2 slots 5461-10921 10.0.0.11:7000 primary 10.0.0.11:7001 replica ✘ not reached: refused" in shards
    assert shards.count("not reached") == 1


def test_no_network_no_nodes() -> None:
    """A target whose server was never asked is not drawn as if it had answered."""
    of = report(finding("config.url", passed("x")), finding("server.version", LOST, blocked_by="config.url"))
    assert "The nodes" not in Page(of).text("h3.")
    assert "The nodes" in Page(HEALTHY).text("h3.")


def test_certificates_from_the_servers_own_to_the_root() -> None:
    """With names and dates, and the issuer where the server does not send it."""
    sent, unsent = Page(SIXTY).text("ol.chain"), Page(ALONE).text("ol.chain")
    assert sent.index("redis.example.com") < sent.index("Example Issuing CA 2") < sent.index("Example Root")
    assert "expired 32 days ago" in sent
    assert "2025-11-02 2026-01-20" in unsent
    assert unsent.endswith("its issuer, which the server does not send CN=Example Root,O=Example")
    assert "*.cache.example.com" in unsent


def test_what_ends_first_comes_first() -> None:
    """Of many chains a few are drawn, and the rest is listed."""
    years = range(2040, 2030, -1)
    sent = [Certificate(subject=f"CN=c{year}", issuer="CN=ca", not_after=f"{year}-01-01T00:00:00Z") for year in years]
    chains = tuple(Chain(nodes=("a:1",), certificates=(each,)) for each in sent)
    target = TargetSummary(
        name="langsmith", mode=Mode.STANDALONE, endpoints=(), shown="", portrait=Portrait(chains=chains)
    )
    page = Page(report(finding("config.url", passed("x")), targets=(target,)))
    assert [f"c{year}" in page.text("ol.chain") for year in range(2031, 2041)] == [True] * 3 + [False] * 7
    assert all(f"CN=c{year}" in page.text("table.every") for year in range(2034, 2041))


def test_latency() -> None:
    """As a picture with its numbers."""
    numbers = Page(ALONE).text("dl.numbers")
    assert re.fullmatch(r"fastest [\d.]+ ms median [\d.]+ ms p95 [\d.]+ ms slowest [\d.]+ ms", numbers)
    assert "How fast" not in Page(HEALTHY).text("h3.")


def test_several_targets_can_be_gone_to() -> None:
    """Each with its outcome; a single one needs no list."""
    assert Page(VALUES).text("nav.").split() == ["langsmith", "✘", "failed", "fleet", "✔", "passed"]
    assert Page(HEALTHY).text("nav.") == ""


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_data_is_no_markup(text: str) -> None:
    """The page has the elements and attributes that it has for harmless text, and shows the text as it is."""
    page, harmless = Page(full_of(text)), Page(full_of("x" * len(text)))
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in harmless.tags}
    assert {name for _, each in page.tags for name in each} == {name for _, each in harmless.tags for name in each}
    assert page.rows == expected(full_of(text))
    assert printable(text)[:500] in "".join(text for path, text in page.texts if path[-1:] == ("h4.",))


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_any_text_can_be_shown(text: str) -> None:
    """Nothing raises, nothing that HTML forbids comes out, and every row can be read back."""
    page = Page(full_of(text))
    values = [value or "" for _, each in page.tags for value in each.values()]
    shown = "".join([*values, *(part for _, part in page.texts)])
    assert not {unicodedata.category(sign) for sign in shown if sign != "\n"} & {"Cc", "Cf", "Cs", "Cn"}
    assert page.rows == expected(full_of(text))


def test_a_large_report_stays_small() -> None:
    """A thousand nodes, sixty checks of each."""
    text = render(judged(cluster(500, 1, {"10.0.0.10:7001": "refused"}), checks=60), Style())
    assert text.count("<tr data-id=") > 60_000
    assert len(text.encode()) < 15_000_000


def test_other_formats_do_without_the_page() -> None:
    """What lays it out is loaded with this format only."""
    code = "import sys, preflight.cli.main, preflight.render.console; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
