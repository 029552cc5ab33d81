"""Who shares an instance with whom, how it is known, and who moves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.checks.config_dedicated import CHECK
from preflight.engine import assess
from preflight.model.evidence import Cause, Node, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Addresses, Product, Server
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Feature, Flaw, Purpose
from preflight.model.target import Target
from preflight.uri.patch import at
from tests.checks.facts import (
    broken_node,
    cluster,
    evidence,
    held,
    key,
    node,
    seen,
    server,
    standalone,
    unclimbed_node,
)

NONE, PASS, WARN, FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL
A, B = "10.0.0.1", "10.0.0.2"
LANGSMITH, FLEET, INSIGHTS, POLLY = Feature.LANGSMITH, Feature.FLEET, Feature.INSIGHTS, Feature.POLLY
ANY = standalone()


def at_address(name: str, *addresses: str, facts: Server | None = None, **more: Any) -> Node:
    """A node that resolves to these; the server does not say who it is."""
    return node(name, dns=Seen(fact=Addresses(addresses=addresses)), server_facts=facts, **more)


def on(host: str = "cache:6379", db: int = 0, feature: Feature = LANGSMITH, release: str = "") -> Target:
    target = standalone(f"redis://{host}/{db}")
    return replace(target, name=f"{release}{feature}", feature=feature, installation=release)


def run(run_id: str = "", **more: Any) -> Server:
    return server(run_id=run_id, **more)


def alone(target: Target, *addresses: str, facts: Server | None = None) -> TargetEvidence:
    """One node for each endpoint."""
    climbed = [at_address(str(each), *(addresses or (A,)), facts=facts) for each in target.endpoints]
    return seen(target, *climbed)


def verdicts(*targets: TargetEvidence) -> list[Verdict]:
    return [each.verdict for each in assess(evidence(*targets), (CHECK,))]


def outcomes(*targets: TargetEvidence) -> list[Outcome]:
    return [each.outcome for each in verdicts(*targets)]


@pytest.mark.parametrize(
    ("one", "other", "known_by"),
    [
        (alone(on("cache:1")), alone(on("cache:1", feature=FLEET)), "host and port"),
        (alone(on("Cache.:1"), A), alone(on("cache:1", feature=FLEET), B), "host and port"),
        (alone(on("a:1"), A), alone(on("b:1", feature=FLEET), A), "address and port"),
        (alone(on("a:1"), A, B), alone(on("b:1", feature=FLEET), B), "address and port"),
        (alone(on("[fd00::7]:1"), "fd00::7"), alone(on("b:1", feature=FLEET), "fd00::7"), "address and port"),
        (alone(on("a:1"), A), alone(on("b:1", feature=FLEET), B), ""),
        (alone(on("a:1"), A), alone(on("a:2", feature=FLEET), A), ""),
        (alone(on("a:1"), A), alone(on("b:2", feature=FLEET), A), ""),
        (alone(on("a:1"), A, facts=run("x")), alone(on("b:2", feature=FLEET), B, facts=run("x")), "run id"),
        (alone(on("a:1"), A, facts=run("x")), alone(on("b:1", feature=FLEET), A, facts=run("y")), ""),
        (alone(on("a:1"), A, facts=run("x")), alone(on("b:1", feature=FLEET), A, facts=run()), "address and port"),
        (alone(on("a:1"), A, facts=run()), alone(on("b:2", feature=FLEET), B, facts=run()), ""),
    ],
)
def test_one_instance(one: TargetEvidence, other: TargetEvidence, known_by: str) -> None:
    """By the name, by the address behind it, and certainly by what the server calls itself: that has the last word."""
    found = verdicts(one, other)
    assert [each.outcome for each in found] == [WARN if known_by else PASS] * 2
    assert [known_by in each.details.get("told by", "") for each in found] == [True, True]
    if not known_by:
        assert found[0].summary == "an instance of its own"


def test_names_count_without_a_network() -> None:
    """`lint` asks nobody, and the same name is the same instance."""
    lost = unclimbed_node(Stage.FILES, Cause.NOT_ASKED)
    one, other = (seen(on("cache:1", feature=each), lost) for each in (LANGSMITH, FLEET))
    assert outcomes(one, other) == [WARN, WARN]
    assert outcomes(one, seen(on("other:1", feature=FLEET), lost)) == [PASS, PASS]
    assert outcomes(replace(one, nodes=()), replace(other, nodes=())) == [WARN, WARN]


def test_addresses_count_without_an_answer() -> None:
    """A server that refuses one of them may be the same."""
    dead = broken_node(Stage.TCP, Cause.REFUSED, "b:1")
    there = replace(dead, dns=Seen(fact=Addresses(addresses=(A,))))
    assert outcomes(alone(on("a:1"), A), seen(on("b:1", feature=FLEET), there)) == [WARN, WARN]


def clustered(*names: str, ids: str = "", db_of: Feature = LANGSMITH) -> TargetEvidence:
    """A cluster of these nodes; the run ids are letters, one for each."""
    target = cluster(*(f"redis://{name}" for name in names))
    facts = [run(each, cluster_enabled=True) for each in ids] or [run(cluster_enabled=True)] * len(names)
    climbed = [at_address(f"{name}:6379", f"10.1.0.{ord(name)}", facts=said) for name, said in zip(names, facts)]  # noqa: B905
    return seen(replace(target, name=f"{db_of}{'-'.join(names)}", feature=db_of), *climbed)


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        (clustered("a", "b"), clustered("b", "c"), WARN),
        (clustered("a", "b", ids="xy"), clustered("c", "d", ids="yz"), WARN),
        (clustered("a", "b"), clustered("c", "d"), PASS),
        (clustered("a", "b", ids="wx"), clustered("c", "d", ids="yz"), PASS),
    ],
)
def test_clusters_with_a_node_in_common(one: TargetEvidence, other: TargetEvidence, outcome: Outcome) -> None:
    """One is enough: a node belongs to one cluster. Nobody is sent to another database of it."""
    found = verdicts(one, other)
    assert [each.outcome for each in found] == [outcome] * 2
    assert [each.patch for each in found] == [None, None]


def test_an_advertised_node_counts() -> None:
    """Two lists may name other nodes of one cluster."""
    one, other = clustered("a"), clustered("b")
    common = at_address("c:6379", "10.1.0.99", facts=run(cluster_enabled=True), advertised_by="a:6379")
    both = (replace(each, nodes=(*each.nodes, common)) for each in (one, other))
    assert outcomes(*both) == [WARN, WARN]


@pytest.mark.parametrize("db", [0, 1, 7])
@pytest.mark.parametrize("feature", [LANGSMITH, FLEET])
def test_another_installation(db: int, feature: Feature) -> None:
    """It fails whatever the database is called: tasks of one would reach the other."""
    found = verdicts(alone(on(release="blue")), alone(on(db=db, feature=feature, release="green")))
    assert [each.outcome for each in found] == [FAIL, FAIL]
    assert [each.patch for each in found] == [None, None]
    assert found[0].summary == f"green{feature}, another installation, uses the same instance"
    assert found[1].summary == "bluelangsmith, another installation, uses the same instance"
    assert found[0].remedy == "Give each installation an instance of its own."
    assert found[0].details == {"told by": "host and port"}


def test_another_installation_elsewhere() -> None:
    """Two installations with an instance each are as they should be."""
    assert outcomes(alone(on("a:1", release="blue"), A), alone(on("b:1", release="green"), B)) == [PASS, PASS]


def test_another_installation_comes_first() -> None:
    """A shared database within the installation is the smaller fault."""
    targets = (on(release="blue"), on(feature=FLEET, release="blue"), on(release="green"))
    found = verdicts(*map(alone, targets))
    assert [each.outcome for each in found] == [FAIL, FAIL, FAIL]
    assert all("greenlangsmith" in each.summary for each in found[:2])


def test_databases_of_their_own() -> None:
    """As LangChain's Terraform has it: one instance, and a number for each feature."""
    targets = [on(db=db, feature=each) for db, each in enumerate((LANGSMITH, FLEET, POLLY, INSIGHTS))]
    found = verdicts(*map(alone, targets))
    assert [each.outcome for each in found] == [PASS] * 4
    assert found[0].summary == "its own database 0 on the instance of fleet, polly, insights"
    assert found[2].summary == "its own database 2 on the instance of langsmith, fleet, insights"


def numbers(*targets: TargetEvidence) -> list[int | None]:
    """The database that each is sent to, read from where its values say it."""
    found = [each.patch for each in verdicts(*targets)]
    said = []
    for target, patch in zip([each.target for each in targets], found, strict=True):
        url = patch
        for name in [*target.feature.root.split("."), "connectionUrl"]:
            url = url and url[name]
        said.append(int(str(url).rpartition("/")[2]) if url else None)
    return said


@pytest.mark.parametrize(
    ("databases", "sent"),
    [
        ((0, 0), [None, 1]),
        ((0, 1), [None, None]),
        ((3, 3), [None, 1]),
        ((0, 0, 0), [None, 1, 2]),
        ((0, 0, 0, 0), [None, 1, 2, 3]),
        ((0, 0, 1), [None, 2, None]),
        ((0, 1, 0), [None, None, 2]),
        ((0, 1, 1, 0), [None, None, 2, 3]),
        ((1, 0, 1), [None, None, 2]),
    ],
)
def test_who_moves_and_where(databases: tuple[int, ...], sent: list[int | None]) -> None:
    """The first stays; every other of the same number gets a free one, and none the same as another."""
    features = (LANGSMITH, FLEET, INSIGHTS, POLLY)
    assert numbers(*(alone(on(db=db, feature=each)) for db, each in zip(databases, features, strict=False))) == sent


def test_who_is_the_first_on_an_instance() -> None:
    """The same number elsewhere is nobody's before it."""
    places = [("cache:1", "x", LANGSMITH), ("other:1", "y", FLEET), ("other:1", "y", POLLY)]
    targets = [alone(on(host, feature=feature), facts=run(run_id)) for host, run_id, feature in places]
    assert numbers(*targets) == [None, None, 1]


@given(st.lists(st.integers(0, 15), min_size=2, max_size=4), st.lists(st.booleans(), min_size=4, max_size=4))
def test_moved_apart(databases: list[int], elsewhere: list[bool]) -> None:
    """After all the patches nobody shares a database, wherever each began."""
    features = (LANGSMITH, FLEET, INSIGHTS, POLLY)
    hosts = ["other:1" if away else "cache:1" for away in elsewhere]
    facts = {"cache:1": run("x"), "other:1": run("y")}
    places = list(zip(databases, features, hosts, strict=False))
    targets = [alone(on(host, db, feature), facts=facts[host]) for db, feature, host in places]
    moved = [db if sent is None else sent for db, sent in zip(databases, numbers(*targets), strict=False)]
    after = [
        alone(on(host, db, feature), facts=facts[host]) for db, (_, feature, host) in zip(moved, places, strict=True)
    ]
    assert set(outcomes(*after)) <= {PASS, NONE}


def test_words_of_a_shared_database() -> None:
    """Each names the other, the one that moves has the patch, and a password in it is masked."""
    one = on()
    other = replace(standalone("rediss://app:tops3cret@cache:6379/0"), name="polly", feature=POLLY)
    first, second = verdicts(alone(one), alone(other))
    assert first.summary == "shares instance and database 0 with polly"
    assert second.summary == "shares instance and database 0 with langsmith"
    assert (first.patch, second.patch) == (
        None,
        at("polly.redis.external.connectionUrl", "rediss://app:***@cache:6379/1"),
    )
    assert "tops3cret" not in repr(second)


def test_all_the_numbers_are_taken() -> None:
    """Redis has 16 by default: nobody is sent beyond."""
    targets = [alone(replace(on(db=db), name=f"target-{db}")) for db in range(16)]
    assert verdicts(*targets, alone(on(feature=FLEET)))[-1].patch is None
    assert verdicts(*targets[:-1], alone(on(feature=FLEET)))[-1].patch == at(
        "fleet.redis.external.connectionUrl", "redis://cache:6379/15"
    )


AMR = "cache.eastus.redis.azure.net:10000"
PRIMARY = "master.rg.abc123.use1.cache.amazonaws.com:6379"


@pytest.mark.parametrize(
    ("target", "facts"),
    [
        (on(AMR, feature=FLEET), server()),
        (on(PRIMARY, feature=FLEET), server("8.1", Product.VALKEY)),
        (on(feature=FLEET), server(product=Product.REDIS_ENTERPRISE)),
        (on(feature=FLEET), server(product=Product.UNKNOWN)),
        (on(feature=FLEET), server(cluster_enabled=True)),
        (on(feature=FLEET), server(cluster_enabled=None)),
        (held(on(feature=FLEET)), server()),
    ],
)
def test_nobody_is_sent_to_a_database_that_may_not_exist(target: Target, facts: Server) -> None:
    """Managed services and clusters may have one only, and a Secret is changed by nobody's values."""
    one = replace(target, name="langsmith", feature=LANGSMITH)
    found = verdicts(alone(one, facts=facts), alone(target, facts=facts))
    assert [(each.outcome, each.patch) for each in found] == [(WARN, None), (WARN, None)]


@pytest.mark.parametrize("product", [Product.REDIS, Product.VALKEY])
def test_who_has_databases(product: Product) -> None:
    """A Redis or Valkey of one's own."""
    assert numbers(*(alone(on(feature=each), facts=server("8.1", product)) for each in (LANGSMITH, FLEET))) == [None, 1]


UNUSABLE = seen(replace(standalone("nonsense"), name="fleet"), unclimbed_node(Stage.CONFIG, Cause.URL_UNUSABLE))


def test_nobody_to_compare_with() -> None:
    """One target alone, whatever it is, or beside one that leaves nothing to dial."""
    assert outcomes(alone(ANY)) == [NONE]
    assert outcomes(UNUSABLE) == [NONE]
    assert outcomes(alone(ANY), UNUSABLE) == [NONE, Outcome.BLOCKED]


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        (standalone("nonsense"), Cause.URL_UNUSABLE),
        (cluster("nonsense"), Cause.NODES_UNUSABLE),
        (replace(standalone(""), keys=(key(Flaw.KEY_MISSING),)), Cause.SECRET_UNUSABLE),
        (replace(cluster(""), keys=(key(Flaw.EMPTY, Purpose.NODES),)), Cause.SECRET_UNUSABLE),
        (replace(standalone("nonsense"), keys=(key(Flaw.NOT_PEM, Purpose.CA),)), Cause.URL_UNUSABLE),
    ],
)
def test_nothing_to_compare(target: Target, cause: Cause) -> None:
    """The check that says why comes first."""
    [reading, other] = CHECK.reads(evidence(seen(target), UNUSABLE))
    assert isinstance(other.observed, Unreached)
    assert reading.observed == Unreached(stage=Stage.CONFIG, cause=cause)
