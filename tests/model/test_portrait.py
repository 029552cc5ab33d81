"""What a picture of a target is drawn from, for the evidence that there may be."""

from __future__ import annotations

from msgspec.structs import replace

from preflight.model.cluster import SlotRange, Topology
from preflight.model.evidence import Cause, Failed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Product, Server
from preflight.model.portrait import Chain, Portrait, Shard, portrait_of
from preflight.model.rehearsal import Latency
from preflight.probes.node import unclimbed
from tests.checks.facts import certificate, cluster, shown

REST = Unreached(stage=Stage.TCP, cause=Cause.REFUSED)
UP = Seen(fact=Server(product=Product.REDIS, version=(7, 0)))
RANGES = (
    SlotRange(first=0, last=99, primary="a:1", replicas=("b:1",)),
    SlotRange(first=100, last=16000, primary="c:1"),
    SlotRange(first=16001, last=16383, primary="a:1", replicas=("b:1", "d:1")),
)


def evidence(topology: Topology | None, *names: str, lost: tuple[str, ...] = ()) -> TargetEvidence:
    nodes = [replace(unclimbed(name, Stage.TCP, Cause.REFUSED), server=UP) for name in names]
    nodes += [unclimbed(name, Stage.TCP, Cause.REFUSED) for name in lost]
    return TargetEvidence(
        target=cluster(),
        files=REST,
        nodes=tuple(nodes),
        topology=Seen(fact=topology) if topology else REST,
        rehearsal=REST,
    )


def test_of_a_cluster() -> None:
    """A shard for each primary with all of its slots and replicas; and who is in none."""
    seen = evidence(
        Topology(asked="a:1", cluster_enabled=True, ranges=RANGES), "a:1", "c:1", "new:1", lost=("b:1", "old:1")
    )
    assert portrait_of(seen) == Portrait(
        shards=(
            Shard(primary="a:1", slots="0-99, 16001-16383", replicas=("b:1", "d:1")),
            Shard(primary="c:1", slots="100-16000"),
        ),
        apart=("new:1",),
        unreached={"b:1": "refused", "old:1": "refused"},
    )


def test_of_a_cluster_that_is_being_made() -> None:
    """Its nodes stand apart: nobody serves a slot yet."""
    assert portrait_of(evidence(Topology(asked="a:1", cluster_enabled=True), "a:1", "b:1")).apart == ("a:1", "b:1")


def test_of_nothing() -> None:
    """What was not seen is empty: a node that was lost has its cause, and one that stands alone is no cluster's."""
    assert portrait_of(evidence(None, lost=("a:1",))) == Portrait(unreached={"a:1": "refused"})
    assert portrait_of(evidence(Topology(asked="a:1", cluster_enabled=False), "a:1")) == Portrait()


def test_latency() -> None:
    """In the order of the PINGs, and from where."""
    seen = replace(evidence(None), latency=Seen(fact=Latency(seconds=(0.2, 0.1), seen_from="pod")))
    assert (portrait_of(seen).latency, portrait_of(seen).seen_from) == ((0.2, 0.1), "pod")
    failed = Failed(stage=Stage.COMMANDS, cause=Cause.CLOSED)
    assert portrait_of(replace(seen, latency=failed)) == Portrait()


def test_certificates() -> None:
    """A chain once, with all nodes that showed it."""
    one, other = certificate(), replace(certificate(), subject="CN=other")
    chains = {"a:1": (one,), "b:1": (other, one), "c:1": (one,)}
    nodes = [
        replace(unclimbed(name, Stage.TLS, Cause.UNTRUSTED), shown=Seen(fact=shown(*chain)))
        for name, chain in chains.items()
    ]
    assert portrait_of(replace(evidence(None), nodes=tuple(nodes))).chains == (
        Chain(nodes=("a:1", "c:1"), certificates=(one,)),
        Chain(nodes=("b:1",), certificates=(other, one)),
    )
