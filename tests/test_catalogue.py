"""Invariants of the whole catalogue, the tables beside it, and the code they live in."""

from __future__ import annotations

import ast
import re
import string
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import preflight
from preflight import checks, plugins
from preflight.chart.unread import unread
from preflight.checks import config_nodes, config_secret, config_url
from preflight.cli.explain import as_markdown, explained, text_of
from preflight.engine import AnyCheck
from preflight.model.causes import WORDS
from preflight.model.clouds import ANY, CLOUDS
from preflight.model.components import WORKLOADS, Workload, workload_named
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Product
from preflight.model.finding import Outcome
from preflight.model.gates import GATES, Need
from preflight.model.identity import Provider
from preflight.model.installation import Feature, Flaw, Purpose
from preflight.model.remedies import HELM, words
from preflight.model.requirements import SUPPORTED
from preflight.model.target import Declaration, Mistake, MistakeKind, Mode, Plan, Surroundings, Target
from preflight.model.token_causes import TOKEN_WORDS
from preflight.render import json as json_format
from preflight.run import catalogue, lint
from preflight.uri.cluster import target_from_list
from preflight.uri.standalone import target_from_url
from tests.checks.facts import HELD, cluster, held, key, standalone

CHECKS = catalogue()
IDS = [check.id for check in CHECKS]
PACKAGE = Path(str(preflight.__file__)).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
UNCLAIMED = {Cause.DEADLINE, Cause.INTERRUPTED, Cause.NOT_ASKED, Cause.SKIPPED, Cause.BUG}
# Ids are public and stable.
CONFIG = {
    *("url", "clients", "nodes", "iam", "tls", "safe-mode", "secret", "chart-version", "service-accounts", "fs-group"),
    *("dedicated", "port", "external", "values"),
}
FEATURES = [each for each in Feature if each is not Feature.LANGSMITH]
PROVIDERS = ("AWS", "Google Cloud", "Azure", "your own server")
DIFFERING = {
    *(Stage.TOKEN, Stage.DNS, Stage.TCP, Stage.TLS, Stage.AUTH, Stage.TOPOLOGY, Stage.COMMANDS, Stage.CAPACITY),
}
PUBLISHERS = {
    *("docs.langchain.com", "github.com", "redis.io", "kubernetes.io"),
    *("docs.aws.amazon.com", "docs.cloud.google.com", "cloud.google.com", "learn.microsoft.com"),
}
NEGATIONS = ("not", "no", "never", "cannot", "fails", "failed", "wrong", "bad", "missing", "refused", "unless")

each_check = pytest.mark.parametrize("check", CHECKS, ids=IDS)
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))


def test_every_module_is_in_the_catalogue_under_its_id() -> None:
    """A module's name is its check's id, and no two checks share one."""
    assert len(IDS) == len(set(IDS)) == len(plugins.names(checks))
    assert {name.replace(".", "_").replace("-", "_") for name in IDS} == set(plugins.names(checks))


def test_every_check_on_the_configuration() -> None:
    """Those of the design, and two that came with reading values; none is ever renamed."""
    assert {check.name for check in CHECKS if check.stage is Stage.CONFIG} == CONFIG


def test_the_order_is_the_ladder_s() -> None:
    """Stage by stage, each stage's gate before the rest."""
    assert [check.stage.rank for check in CHECKS] == sorted(check.stage.rank for check in CHECKS)
    for stage in Stage:
        assert [check.gate for check in CHECKS if check.stage is stage][1:].count(True) == 0


@each_check
def test_title_is_an_affirmative_claim(check: AnyCheck) -> None:
    """A pass confirms it, so it denies nothing."""
    said = check.title.lower().split()
    assert check.title[0].isupper()
    assert not check.title.endswith(".")
    assert [word for word in said if word in NEGATIONS] == []


@each_check
def test_docstring_has_every_part(check: AnyCheck) -> None:
    """The claim in a sentence, what it means, why, what to do, where to read on: in this order, and none empty."""
    assert re.findall(r"\n\n(\w+): ", text_of(check)) == ["Why", "Fix", "Read"]
    assert len(text_of(check).splitlines()) <= 25
    said = explained(check)
    for text in (said.claim, *said.meaning, said.why, said.fix, *said.at.values()):
        assert len(text) > 20
        assert text.endswith(".")
        assert text.count("`") % 2 == 0
    assert said.meaning
    assert re.search(r"LangSmith|\bpods?\b", said.why)


@each_check
def test_docstring_names_providers_in_one_way(check: AnyCheck) -> None:
    """Each by its one name and in one order; where servers differ by who runs them, at least one."""
    named = list(explained(check).at)
    assert named == [name for name in PROVIDERS if name in named]
    assert named or check.stage not in DIFFERING
    assert named or check.id not in ("server.role", "server.version")


@each_check
def test_docstring_links_work(check: AnyCheck) -> None:
    """To those who make LangSmith, the servers and the clouds, and nothing but a page."""
    links = explained(check).links
    assert 1 <= len(links) <= 3
    for link in map(urlsplit, links):
        assert (link.scheme, link.netloc in PUBLISHERS, link.query) == ("https", True, "")
        assert len(link.path) > 1


@each_check
def test_docstring_names_what_exists(check: AnyCheck) -> None:
    """The chart reads every value that is named, and every other check is one."""
    text = text_of(check)
    for path in re.findall(r"\b(?:redis\.external|config\.customCa)(?:\.\w+)+", text):
        tree: object = "x"
        for name in reversed(path.split(".")):
            tree = {name: tree}
        assert unread(cast("dict[str, object]", tree)) == ()
    for stage, name in re.findall(rf"\b({'|'.join(Stage)})\.([a-z][a-z-]+)\b", text):
        assert f"{stage}.{name}" in IDS


@each_check
def test_docstring_holds_no_secret(check: AnyCheck) -> None:
    """Nothing in it could be taken for one, nor surprise a terminal."""
    text = text_of(check)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert not re.search(r"://[^\s/`]*:[^\s/`]*@|pass(word|wd)?=\w|-----BEGIN|\bAKIA|\beyJ|[A-Za-z0-9+=]{40}", text)


def test_every_cause_is_claimed_by_one_check() -> None:
    """Each failure is reported once; those that no server is to blame for are nobody's."""
    claimed = Counter(cause for check in CHECKS for cause in check.claims)
    assert claimed == dict.fromkeys(set(Cause) - UNCLAIMED, 1)


def test_stages_that_can_fail_have_one_gate() -> None:
    """A failure always finds a check that reports it as its own."""
    gates = Counter(check.stage for check in CHECKS if check.gate)
    gathered = {
        Stage.FILES,
        Stage.DNS,
        Stage.TCP,
        Stage.TLS,
        Stage.AUTH,
        Stage.SERVER,
        Stage.TOPOLOGY,
        Stage.COMMANDS,
        Stage.TOKEN,
    }
    assert gates == dict.fromkeys(gathered | {Stage.CONFIG}, 1)


def test_needs_name_checks_and_form_no_cycle() -> None:
    """What explains a failure exists, comes from no later stage, and does not explain itself."""
    stages = {check.id: check.stage for check in CHECKS}
    needs = {check.id: check.needs for check in CHECKS}
    assert {need for each in needs.values() for need in each} <= set(IDS)
    assert set(TopologicalSorter(needs).static_order()) == set(IDS)
    assert all(stages[need].rank <= stages[name].rank for name, each in needs.items() for need in each)


def test_every_cause_has_words() -> None:
    """What is so and what to do, and each is told apart from the others."""
    assert set(WORDS) == set(Cause)
    assert all(summary and remedy.endswith(".") for summary, remedy in WORDS.values())
    assert len({summary for summary, _ in WORDS.values()}) == len(WORDS)


@pytest.mark.parametrize("cause", Cause)
def test_every_remedy_is_made_of_sentences(cause: Cause) -> None:
    """Each opens with a capital, or with what stands in quotes or braces."""
    assert not re.search(r"[a-z)`]\. +[a-z]", WORDS[cause].remedy)


def test_every_tls_failure_has_its_own_check() -> None:
    """What is wrong with a certificate, a name, a date or the protocol is nothing of the handshake's."""
    claims = {check.name: check.claims for check in CHECKS if check.stage is Stage.TLS}
    assert next(iter(claims)) == "handshake"
    assert set(claims) == {"handshake", "protocol", "trusted", "hostname", "expiry", "client-certificate"}
    assert claims["expiry"] == {Cause.CERTIFICATE_EXPIRED, Cause.CERTIFICATE_NOT_YET_VALID}
    assert claims["client-certificate"] == {each for each in Cause if each.startswith("client-certificate-")}


def test_every_placeholder_has_a_helm_value_in_each_mode() -> None:
    """A remedy can be filled in for a URL and for a node list, and every value is used."""
    fields = {field for each in WORDS.values() for _, field, _, _ in string.Formatter().parse(each.remedy) if field}
    assert {mode: set(HELM[mode]) | set(ANY) for mode in Mode} == dict.fromkeys(Mode, fields)
    for cause in Cause:
        assert words(cause, standalone()).remedy
        assert "connectionUrl" not in words(cause, cluster()).remedy


def test_every_cloud_has_its_own_words() -> None:
    """Each calls every thing that a remedy speaks of by a name of its own, and nothing is left to fill in."""
    assert set(CLOUDS) == set(Provider)
    for provider, said in CLOUDS.items():
        assert said.keys() == ANY.keys()
        assert said["provider"] == provider
        assert all(said.values())
        assert not {"{", "}"} & set("".join(said.values()))
    assert not {"{", "}"} & set("".join(ANY.values()))


@pytest.mark.parametrize("cause", TOKEN_WORDS)
@pytest.mark.parametrize("feature", [*FEATURES, Feature.LANGSMITH])
def test_words_of_workload_identity_are_for_their_target(cause: Cause, feature: Feature) -> None:
    """Every brace is filled, whoever the provider is, and the values that are named are this feature's."""
    for provider in (*Provider, "AWS", "amazon"):
        target = replace(standalone(iam=provider), feature=feature)
        told = [words(cause, each) for each in (target, held(target), cluster(iam=provider))]
        assert not {"{", "}"} & set("".join(summary + remedy for summary, remedy in told))
        assert all(remedy.endswith(".") for _, remedy in told)
        named = re.findall(r"[\w.<>]*redis\.external[.\w]*|sandboxes\.[.\w]+", told[0].remedy)
        assert all(name.startswith(f"{feature.root}.") for name in named)


def _made(module: Path) -> set[str]:
    """The causes that a module speaks of outside the claims of a check."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    claims = [each.value for each in ast.walk(tree) if isinstance(each, ast.keyword) and each.arg == "claims"]
    claimed = {id(inner) for each in claims for inner in ast.walk(each)}
    return {
        each.attr
        for each in ast.walk(tree)
        if isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id == "Cause"
        and id(each) not in claimed
    }


def test_every_cause_can_occur() -> None:
    """Something makes it: a probe that met it, a check that judged it, or the run; words alone bring none about."""
    makers = [
        each for each in MODULES if each.relative_to(PACKAGE).parts[0] in {"probes", "checks", "run.py", "policy.py"}
    ]
    makers += [PACKAGE / "model" / "verification.py"]
    assert set().union(*map(_made, makers)) == {each.name for each in Cause}


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("feature", FEATURES)
def test_words_are_for_their_target(cause: Cause, feature: Feature) -> None:
    """Every brace is filled, with the value of this feature or with the key of a Secret."""
    target = replace(standalone(), feature=feature)
    inline, secret = words(cause, target).remedy, words(cause, held(target)).remedy
    assert not {"{", "}"} & set(inline + secret)
    # The certificate is LangSmith's own, wherever it is asked for.
    others = re.compile(
        rf"(?<!{re.escape(feature.root.removesuffix('redis.external'))})redis\.external(?!\.clientCert)"
    )
    assert not others.search(inline)
    assert (feature.root in inline) == (HELD in secret)


@pytest.mark.parametrize("target", [standalone(), cluster()])
def test_words_for_a_secret(target: Target) -> None:
    """What the values still say themselves, TLS and the password of a cluster, stays with them."""
    said = {cause: words(cause, held(target)).remedy for cause in Cause}
    address = HELM[target.mode]["address"]
    assert [cause for cause, remedy in said.items() if address in remedy] == []
    where = "redis.external.cluster.tlsEnabled: true" if target.mode is Mode.CLUSTER else f"`rediss://` in {HELD}"
    assert where in said[Cause.TLS_SPOKEN]


@pytest.mark.parametrize("flaw", Flaw)
@pytest.mark.parametrize("purpose", Purpose)
def test_every_flaw_has_words(flaw: Flaw, purpose: Purpose) -> None:
    """Each is a failure of its Secret's key, told by its name, with what to do."""
    verdict = config_secret.judge(standalone(), key(flaw, purpose, namespace="prod"))
    assert (verdict.outcome, "redis" in verdict.summary) == (Outcome.FAIL, True)
    assert verdict.remedy
    assert not {"{", "}"} & set(verdict.summary + verdict.remedy)


def test_every_need_has_one_gate() -> None:
    """A feature exists from one version on, or is mended in one, and somebody says so."""
    assert Counter(gate.need for gate in GATES) == dict.fromkeys(Need, 1)
    assert all(gate.source and re.fullmatch(r"\d+\.\d+\.\d+", gate.floor) for gate in GATES)


def test_every_workload_is_one() -> None:
    """No two have a name in common, nor the end of their objects' names."""
    assert len({each.name for each in WORKLOADS}) == len({each.suffix for each in WORKLOADS}) == len(WORKLOADS)
    assert {Feature.FLEET, Feature.INSIGHTS, Feature.POLLY} <= {each.feature for each in WORKLOADS}


@pytest.mark.parametrize("workload", WORKLOADS, ids=[each.name for each in WORKLOADS])
def test_every_workload_is_found(workload: Workload) -> None:
    """By its own name behind that of any release, and not by that of another workload."""
    for front in ("", "langsmith-", "my-langsmith-prod-"):
        assert workload_named(f"{front}{workload.suffix}") is workload
    assert workload_named(f"langsmith-{workload.suffix}-extra") is None
    assert workload_named(f"langsmith{workload.suffix}") is not workload
    assert workload.features[0] is Feature.LANGSMITH


def test_every_supported_product_has_a_policy_with_an_order() -> None:
    """A floor lies below the end of the list."""
    assert {Product.REDIS, Product.VALKEY} <= set(SUPPORTED)
    assert all(each.beyond is None or each.floor < each.beyond for each in SUPPORTED.values())
    assert all(each.documented for each in SUPPORTED.values())


@pytest.mark.parametrize("kind", MistakeKind)
def test_every_mistake_has_words(kind: MistakeKind) -> None:
    """One of the two checks can tell of it, and shows the text that may be shown."""
    told = []
    for module, target in ((config_url, standalone()), (config_nodes, cluster())):
        declaration = Declaration(shown="", mistakes=(Mistake(kind=kind, text="quoted"),))
        try:
            told.append(module.judge(target, declaration))
        except KeyError:
            continue
    assert told
    assert all(verdict.outcome in (Outcome.FAIL, Outcome.WARN) and verdict.remedy for verdict in told)
    assert all("{}" not in verdict.summary for verdict in told)


@settings(deadline=None, max_examples=200)
@given(st.text(), st.sampled_from(["", "redis://", "redis://h", "redis://h:1/0?", '["redis://h:1', "["]), st.booleans())
def test_no_configuration_breaks_a_rule(text: str, start: str, closed: bool) -> None:
    """Each kind of mistake that can occur has words where it occurs."""
    written = start + text + ('"]' if closed else "")
    around = Surroundings()
    plan = Plan(targets=(target_from_url(written, around), target_from_list(written, around, "nodes")))
    assert {finding.outcome for finding in lint(plan).findings if finding.outcome is Outcome.ERROR} == set()


def test_documented_checks_are_the_catalogue_s() -> None:
    """`docs/checks.md` is what `preflight checks --markdown` prints."""
    page = (PACKAGE.parent / "docs" / "checks.md").read_text(encoding="utf-8")
    assert page == as_markdown()
    assert all(f"\n## {name}\n" in page for name in IDS)


@each_check
def test_documented_check_has_all_that_explain_says(check: AnyCheck) -> None:
    """Each part, each provider and each cause, with no text that a browser would swallow as HTML."""
    section = as_markdown().split(f"\n## {check.id}\n", 1)[1].split("\n## ", 1)[0]
    said = explained(check)
    assert [name for name in said.at if f"\n- **{name}:** " not in section] == []
    assert [link for link in said.links if f"<{link}>" not in section] == []
    assert [cause for cause in check.claims if f"\n| {cause} | " not in section] == []
    bare = re.sub(r"`[^`]*`|<https://[^\s<>]+>", "", section)
    assert "<" not in bare
    assert len(section.split("\n\n")) >= 6


def test_published_schema_is_the_code_s() -> None:
    """`docs/report.schema.json` and the copy in the wheel are what the JSON renderer promises."""
    for place in (PACKAGE.parent / "docs", PACKAGE):
        assert (place / "report.schema.json").read_text(encoding="utf-8") == json_format.schema()


@each_module
def test_modules_and_functions_stay_small(module: Path) -> None:
    """A module has at most 250 lines, and a function 30."""
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    functions = (each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    long = {each.name: (each.end_lineno or 0) - each.lineno + 1 for each in functions}
    assert {name: lines for name, lines in long.items() if lines > 30} == {}
