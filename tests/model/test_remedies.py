"""The places of a target's settings, as remedies name them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.model.installation import Feature
from preflight.model.remedies import sentence, terms
from preflight.model.target import Place, Target
from tests.checks.facts import HELD, cluster, held, standalone

NODES = "key redis_cluster_node_uris of Secret redis"
PASSWORD = "key redis_cluster_password of Secret redis"


@pytest.mark.parametrize(
    ("target", "address", "password", "tls_on"),
    [
        (
            standalone(),
            "redis.external.connectionUrl",
            "redis.external.connectionUrl",
            "write `rediss://` in redis.external.connectionUrl",
        ),
        (
            replace(standalone(), feature=Feature.INSIGHTS),
            "engineInsightsAgent.redis.external.connectionUrl",
            "engineInsightsAgent.redis.external.connectionUrl",
            "write `rediss://` in engineInsightsAgent.redis.external.connectionUrl",
        ),
        (
            replace(standalone(), feature=Feature.JUICEFS),
            "sandboxes.juicefs.redis.metaURL",
            "sandboxes.juicefs.redis.metaURL",
            "write `rediss://` in sandboxes.juicefs.redis.metaURL",
        ),
        (held(standalone()), HELD, HELD, f"write `rediss://` in {HELD}"),
        (held(replace(standalone(), feature=Feature.POLLY)), HELD, HELD, f"write `rediss://` in {HELD}"),
        (held(replace(standalone(), feature=Feature.JUICEFS)), HELD, HELD, f"write `rediss://` in {HELD}"),
        (
            cluster(),
            "redis.external.cluster.nodeUris",
            "redis.external.cluster.password",
            "set redis.external.cluster.tlsEnabled: true",
        ),
        (
            replace(cluster(), place=Place(address=NODES, password=PASSWORD, inline=False)),
            NODES,
            PASSWORD,
            "set redis.external.cluster.tlsEnabled: true",
        ),
        (
            held(standalone(), "REDIS_DATABASE_URI"),
            "REDIS_DATABASE_URI",
            "REDIS_DATABASE_URI",
            "write `rediss://` in REDIS_DATABASE_URI",
        ),
        (
            replace(cluster(), place=Place(address="NODES", password="PASSWORD", switch="USE_TLS", inline=False)),
            "NODES",
            "PASSWORD",
            "set USE_TLS=true",
        ),
    ],
)
def test_terms(target: Target, address: str, password: str, tls_on: str) -> None:
    """A value of the feature, the key of a Secret, or a variable; `tlsEnabled` is a value in every case."""
    told = terms(target)
    assert (told["address"], told["password"], told["tls_on"]) == (address, password, tls_on)
    assert told["tls_off"] == tls_on.replace("rediss://", "redis://").replace("true", "false")


def test_sentence() -> None:
    """A term may stand alone."""
    assert [sentence(each) for each in ("set a: true", "a", "")] == ["Set a: true.", "A.", "."]
