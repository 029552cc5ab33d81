"""Two reports side by side: what differs, the roots first, and what it means."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.cli.compare import as_json
from preflight.cli.side_by_side import Side, as_table, last_line
from preflight.comparison import MEANINGS, MEASURED, Comparison, Difference, Pair, compare
from preflight.model.evidence import Cause, Evidence, Node, Seen, Stage, TargetEvidence
from preflight.model.facts import Addresses, Product
from preflight.model.finding import Finding, Outcome, Report, failed, passed
from preflight.model.style import Style
from preflight.run import catalogue, judge
from tests.checks.facts import (
    ADDRESS,
    broken_node,
    cluster,
    encrypted,
    evidence,
    latency,
    node,
    seen,
    server,
    standalone,
    topology,
)
from tests.checks.test_any_evidence import EVIDENCE
from tests.render import reports

PLAIN: Final = Style(width=80)


def at(*nodes: Node, **more: Any) -> TargetEvidence:
    return seen(standalone(), *nodes, **more)


def compared(first: TargetEvidence, second: TargetEvidence) -> Comparison:
    return compare(judge(evidence(first)), judge(evidence(second)))


def own(differences: tuple[Difference, ...]) -> list[str]:
    return [each.id for each in differences if not each.follows]


def resolved(*addresses: str) -> Node:
    return node(dns=Seen(fact=Addresses(addresses=addresses)))


UNRESOLVED: Final = at(broken_node(Stage.DNS, Cause.NAME_UNKNOWN))


def test_one_root() -> None:
    """A name that only one side knows is one difference; all that it blocks follows from it."""
    found = compared(at(), UNRESOLVED)
    [root] = [each for each in found.outcomes if not each.follows]
    assert (root.id, root.subject) == ("dns.resolves", Pair(first=ADDRESS, second=ADDRESS))
    assert root.first
    assert root.second
    assert (root.first.outcome, root.second.outcome) == (Outcome.PASS, Outcome.FAIL)
    assert "split-horizon DNS" in root.meaning
    assert found.outcomes[0] is root
    assert {each.follows for each in found.outcomes[1:]} == {"dns.resolves"}
    assert {each.meaning for each in found.outcomes[1:]} == {""}
    assert len(found.outcomes) > 10
    assert (found.facts, found.alone) == ((), ())


def test_a_root_on_either_side() -> None:
    """What is wrong beyond the place where the other side ended is a root of its own."""
    found = compared(UNRESOLVED, at(broken_node(Stage.AUTH, Cause.PASSWORD_WRONG)))
    assert own(found.outcomes) == ["dns.resolves", "auth.accepted"]
    later = next(each for each in found.facts if each.id == "server.version")
    assert later.follows == "dns.resolves"


@pytest.mark.parametrize(
    ("first", "second", "ids"),
    [
        (at(resolved("10.0.0.7")), at(resolved("52.1.2.3")), ["dns.resolves"]),
        (at(resolved("10.0.0.7", "10.0.0.8")), at(resolved("10.0.0.8", "10.0.0.7")), []),
        (at(), at(node(server_facts=server("8.1", Product.VALKEY))), ["server.product", "server.version"]),
        (
            at(broken_node(Stage.TCP, Cause.REFUSED)),
            at(broken_node(Stage.TCP, Cause.CONNECT_TIMEOUT)),
            ["tcp.connects"],
        ),
    ],
    ids=["another address", "the same addresses", "another server", "another cause"],
)
def test_the_same_outcome(first: TargetEvidence, second: TargetEvidence, ids: list[str]) -> None:
    """What was found may differ all the same; the order in which a resolver answers is no difference."""
    found = compared(first, second)
    assert found.outcomes == ()
    assert own(found.facts) == ids
    assert all(each.meaning for each in found.facts)


def test_measurements() -> None:
    """They differ every time, and count only where one side is bad."""
    quick, slower, slow = (at(latency=Seen(fact=latency(each))) for each in (1.0, 2.0, 30.0))
    found = compared(quick, slower)
    assert (found.outcomes, found.facts, own(found.measured)) == ((), (), ["capacity.latency"])
    [bad] = compared(quick, slow).outcomes
    assert (bad.id, bad.meaning) == ("capacity.latency", MEANINGS["capacity.latency"])


def test_one_target_by_two_names() -> None:
    """Alone on each side, targets and endpoints are compared whatever they are called."""
    other = seen(replace(standalone("redis://svc:6379/0"), name="other"), node("svc:6379"))
    found = compared(at(), other)
    assert found.targets == (Pair(first="langsmith", second="other"),)
    assert own(found.facts) == ["config.url"]
    assert (found.outcomes, found.alone) == ((), ())
    broken = replace(other, nodes=(broken_node(Stage.TCP, Cause.REFUSED, "svc:6379"),))
    root = compared(at(), broken).outcomes[0]
    assert (root.id, str(root.subject), str(root.target)) == (
        "tcp.connects",
        f"{ADDRESS} / svc:6379",
        "langsmith / other",
    )


def test_a_cluster_by_two_names() -> None:
    """Where one side knows both names, each is a node of its own."""
    chart = Seen(fact=topology((0, 16383, "a:1+b:1")))
    nodes = (node("a:1"), node("b:1"))
    first = seen(cluster("redis://a:1"), *nodes, topology=chart)
    second = seen(cluster("redis://svc:1"), node("svc:1"), *nodes, topology=chart)
    for found in (compared(first, second), compared(second, first)):
        assert found.outcomes == ()
        assert {str(each.subject) for each in found.alone} == {"svc:1"}
        assert own(found.facts) == ["config.nodes"]


def test_a_node_that_only_one_side_knows() -> None:
    """Its findings are no differences of the nodes that both know."""
    chart = Seen(fact=topology((0, 16383, "a:1+b:1")))
    other = Seen(fact=topology((0, 16383, "a:1+c:1")))
    found = compared(
        seen(cluster("redis://a:1"), node("a:1"), node("b:1"), topology=chart),
        seen(cluster("redis://a:1"), node("a:1"), broken_node(Stage.TCP, Cause.REFUSED, "c:1"), topology=other),
    )
    assert {(each.subject.first, each.subject.second) for each in found.alone} == {("b:1", ""), ("", "c:1")}
    assert [(each.id, each.subject.second) for each in found.alone if each.worst is Outcome.FAIL] == [
        ("tcp.connects", "c:1")
    ]
    assert {str(each.subject) for each in found.outcomes} <= {"", "a:1"}


def test_a_target_that_only_one_side_knows() -> None:
    """Of several, each is compared with the one of its name."""
    fleet = seen(replace(standalone("redis://fleet:1/0"), name="fleet"), node("fleet:1"))
    found = compare(judge(evidence(at(), fleet)), judge(evidence(at())))
    assert found.targets == (Pair(first="langsmith", second="langsmith"), Pair(first="fleet", second=""))
    assert {str(each.target) for each in found.alone} == {"fleet"}
    assert last_line(found) == "1 check differs: config.dedicated; seen from one side only: fleet"
    shown = table(judge(evidence(at(), fleet)), judge(evidence(at())))
    assert shown.count("fleet") == 2
    assert "checks, nothing wrong" in shown


def test_worst_first() -> None:
    """Of several roots a failure stands before a warning."""
    good = reports.report(*(reports.finding(name, passed("x")) for name in ("a.a", "b.b", "c.c")))
    bad = reports.report(
        reports.finding("a.a", reports.NEWER),
        reports.finding("b.b", failed("x", "y")),
        reports.finding("c.c", reports.LOST, blocked_by="b.b"),
    )
    assert [each.id for each in compare(good, bad).outcomes] == ["b.b", "a.a", "c.c"]


def test_meanings_are_of_checks_that_there_are() -> None:
    """By id or by stage; and whatever is measured is a check."""
    ids = {check.id for check in catalogue()}
    assert MEANINGS.keys() <= ids | {str(stage) for stage in Stage}
    assert ids >= MEASURED


REPORT: Final = EVIDENCE.map(judge)


@given(REPORT)
def test_nothing_differs_from_itself(report: Report) -> None:
    found = compare(report, report)
    assert found == Comparison(targets=found.targets)
    assert last_line(found) == "no check differs"


@given(REPORT, REPORT)
def test_everything_that_differs_is_told_once(first: Report, second: Report) -> None:
    """A finding of one side is that of the other, or in the comparison; roots stand before what follows."""
    found = compare(first, second)
    everything = (*found.outcomes, *found.facts, *found.measured, *found.alone)
    told = Counter((each.id, each.target.first, each.subject.first) for each in everything if each.first)
    looked = Counter((each.id, each.target, each.subject) for each in first.findings)
    others = {(each.id, each.target, each.subject): each for each in second.findings}
    assert told <= looked
    for each in first.findings:
        place = each.id, each.target, each.subject
        assert told[place] or looked[place] > 1 or same(each, others.get(place))
    for part in (found.outcomes, found.facts, found.measured, found.alone):
        following = [bool(each.follows) for each in part]
        assert following == sorted(following)


def same(one: Finding, other: Finding | None) -> bool:
    """Nothing at all is different in the eyes of a person; addresses come in any order."""
    if other is None or one.outcome is not other.outcome:
        return False
    return one.outcome is Outcome.NOT_APPLICABLE or one.verdict.summary == other.verdict.summary


@given(REPORT, REPORT)
def test_either_may_be_the_first(first: Report, second: Report) -> None:
    """The other way round, the same differs."""
    there, back = compare(first, second), compare(second, first)
    for part in ("outcomes", "facts", "measured", "alone"):
        one = {(each.id, str(each.first), str(each.second)) for each in getattr(there, part)}
        other = {(each.id, str(each.second), str(each.first)) for each in getattr(back, part)}
        assert one == other


def table(first: Report, second: Report, style: Style = PLAIN, place: str = "queue-0") -> str:
    return as_table(Side("laptop.json", "laptop", first), Side("pod.json", place, second), style)


def test_the_table() -> None:
    """Who looked from where, what differs, how much follows, and what it means."""
    lines = table(judge(evidence(at())), judge(evidence(UNRESOLVED)), Style(width=120)).splitlines()
    head, rows = "\n".join(lines[:3]), [" ".join(line.split()) for line in lines[3:]]
    for words in ("A: laptop", "B: queue-0", "laptop.json", "pod.json", "2026-01-02T03:04:05"):
        assert words in head
    assert rows[1:3] == [
        "dns.resolves pass: resolves to 10.0.0.7 fail: the host name does not exist here",
        ADDRESS,
    ]
    follow = len(compared(at(), UNRESOLVED).outcomes) - 1
    assert rows[3] == f"{follow} checks that follow blocked by dns.resolves"
    assert rows[5].startswith("dns.resolves The resolvers answer differently: split-horizon DNS")
    assert rows[-1] == f"1 check differs: dns.resolves; {follow} more follow"


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("verbosity", [-1, 0, 1])
@pytest.mark.parametrize("unicode", [True, False])
def test_it_fits(width: int, verbosity: int, unicode: bool) -> None:
    """Every line but the last; in ASCII where nothing else is understood."""
    style = Style(width=width, verbosity=verbosity, unicode=unicode)
    for second in (judge(evidence(UNRESOLVED)), *reports.ALL.values()):
        lines = table(judge(evidence(at(encrypted()))), second, style).splitlines()
        assert max(map(len, lines[:-1])) <= width
        assert unicode or "\n".join(lines).isascii()


def test_how_much_is_shown() -> None:
    """Quiet tells what differs by itself, verbose also what follows and what was measured."""
    first, second = judge(evidence(at(latency=Seen(fact=latency(1.0))))), judge(evidence(UNRESOLVED))
    quiet, normal, verbose = (table(first, second, Style(width=120, verbosity=each)) for each in (-1, 0, 1))
    assert ("split-horizon" in quiet, "split-horizon" in normal) == (False, True)
    assert ("server.version" in normal, "server.version" in verbose) == (False, True)
    slower = judge(evidence(at(latency=Seen(fact=latency(2.0)))))
    assert "capacity.latency" not in table(first, slower)
    assert "capacity.latency" in table(first, slower, Style(width=120, verbosity=1))


def test_nodes_that_differ_alike() -> None:
    """One row for all of them, a few by name."""
    names = [f"n{number}:1" for number in range(9)]
    chart = Seen(fact=topology((0, 16383, "+".join(names))))
    good = seen(cluster("redis://n0:1"), *(node(name) for name in names), topology=chart)
    bad = [broken_node(Stage.TCP, Cause.CONNECT_TIMEOUT, name) for name in names[1:]]
    shown = table(judge(evidence(good)), judge(evidence(replace(good, nodes=(node(names[0]), *bad)))), Style(width=200))
    assert shown.count("tcp.connects\n") + shown.count("tcp.connects ") >= 1
    assert "n1:1, n2:1, n3:1, n4:1, n5:1 and 3 more" in shown
    assert "n7:1" not in shown


def test_color_is_never_alone() -> None:
    """The words are the same without it."""
    first, second = judge(evidence(at())), judge(evidence(UNRESOLVED))
    colored = table(first, second, Style(width=80, color=True))
    assert "\x1b[1;31m" in colored
    assert "\x1b" not in table(first, second)
    assert "fail: the host name" in table(first, second)


HOSTILE: Final = (
    "\x1b[31mred", "[red]x[/red]", "]]>", "::set-output name=x::y", "##[error]x", "\x00", "\u202eevil", "<script>",
    "x" * 10_000, "a\nno check differs\n",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others(text: str) -> None:
    """It is shown, shortened and obeyed by nobody; the last line stays the last."""
    other = reports.report(reports.finding("a.b", failed(text, text), text, target=text))
    both = reports.report(
        reports.finding("a.b", passed(text), "n", target=text), reports.finding("a.b", passed(text), target="t")
    )
    for shown in (table(both, other, place=text), table(other, both, Style(width=200, verbosity=1))):
        assert shown.replace("\n", "").isprintable()
        assert not any(line.lstrip().startswith("::set-output") for line in shown.splitlines())
        assert "##[" not in shown
        assert len(shown) < 20_000
        last = shown.splitlines()[-1]
        assert "seen from one side only" in last
        assert last != "no check differs"
    if text.startswith("["):
        assert "[red]x[/red]" in table(both, other)
    document = as_json(Side("a", text, both), Side("b", text, other), PLAIN)
    assert json.loads(document)["first"]["seen_from"] == text
    assert "##[" not in document


@given(st.text(), st.text())
def test_any_name(first: str, second: str) -> None:
    """Whatever a machine or a file is called, also where it has lone surrogates as file names may."""
    report = judge(evidence(at()))
    sides = Side(first, "", report), Side(second, "", report)
    assert as_table(*sides, PLAIN).splitlines()[-1] == "no check differs"
    assert json.loads(as_json(*sides, PLAIN))["outcome"] == "pass"


def test_the_document() -> None:
    """For programs: all of it, in both directions."""
    first, second = judge(evidence(at())), judge(evidence(UNRESOLVED))
    read = json.loads(as_json(Side("-", "laptop", first), Side("b.json", "", second), PLAIN))
    assert (read["document"], read["schema_version"], read["outcome"]) == ("preflight comparison", 1, "fail")
    assert read["first"] == {
        "file": "standard input",
        "seen_from": "laptop",
        "started_at": "2026-01-02T03:04:05.678+00:00",
        "outcome": "pass",
        "stopped_by": None,
    }
    found = read["comparison"]
    assert found["outcomes"][0]["id"] == "dns.resolves"
    assert found["outcomes"][0]["first"] == {"outcome": "pass", "summary": "resolves to 10.0.0.7", "blocked_by": None}
    assert found["outcomes"][1]["follows"] == "dns.resolves"
    assert len(found["outcomes"]) == len(compare(first, second).outcomes)


def test_a_run_that_was_stopped() -> None:
    """What was not reached follows from that, and no check differs by itself."""
    stopped: Evidence = evidence(at(broken_node(Stage.DNS, Cause.DEADLINE)), stopped_by=Cause.DEADLINE)
    found = compare(judge(evidence(at())), judge(stopped))
    assert own(found.outcomes) == []
    assert {each.follows for each in found.outcomes} == {"deadline"}
    assert last_line(found).startswith("no check differs; ")
