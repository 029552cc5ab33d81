"""Which targets the chart's templates make of the values, and where each setting of theirs comes from."""

from __future__ import annotations

from typing import Any, Final

import pytest

from preflight.model.errors import InputError
from preflight.model.finding import Outcome
from preflight.model.installation import Feature, Flaw
from preflight.model.secret import Secret
from preflight.model.target import Mode, Password, Pem, Place, Target, Tls
from tests.chart.cases import complaints, from_values, secret, stream, targets

URL: Final = "redis://cache.example.com:6379/3"
NODES: Final = ["redis://a.example.com:7000", "redis://b.example.com:7000?ssl_check_hostname=false"]


def main(**external: Any) -> dict[str, Any]:
    return {"redis": {"external": {"enabled": True} | external}}


def cluster(**settings: Any) -> dict[str, Any]:
    return main(cluster={"enabled": True, "nodeUris": NODES} | settings)


def agent(name: str, **external: Any) -> dict[str, Any]:
    return {name: {"redis": {"external": {"enabled": True, "connectionUrl": URL} | external}}}


def one(values: dict[str, Any], *secrets: dict[str, Any], **options: str) -> Target:
    [target] = from_values(values, secrets=stream(*secrets) if secrets else "", **options).targets
    return target


@pytest.mark.parametrize(
    ("switches", "found"),
    [
        ({}, {"insights", "polly"}),
        ({"fleet": {"enabled": True}}, {"fleet", "insights", "polly"}),
        ({"fleet": {"enabled": False}}, {"insights", "polly"}),
        ({"config": {"agentBuilder": {"enabled": True}}}, {"insights", "polly"}),
        ({"insights": {"enabled": False}}, {"polly"}),
        ({"insights": {"enabled": False}, "engine": {"enabled": True}}, {"insights", "polly"}),
        ({"polly": {"enabled": False}}, {"insights"}),
        ({"polly": {"enabled": False}, "insights": {"enabled": False}, "fleet": {"enabled": True}}, {"fleet"}),
        ({"engineInsightsAgent": {"enabled": False}}, {"insights", "polly"}),
    ],
)
def test_agents_that_run(switches: dict[str, Any], found: set[str]) -> None:
    """Insights and polly do unless they are switched off, fleet only where it is switched on."""
    agents = agent("fleet") | agent("engineInsightsAgent") | agent("polly")
    values = {name: agents.get(name, {}) | switches.get(name, {}) for name in agents.keys() | switches.keys()}
    assert set(targets(from_values(values))) == found


@pytest.mark.parametrize("name", ["insights", "polly"])
def test_a_null_switches_off(name: str) -> None:
    """Helm takes the chart's `enabled: true` away, and the templates see nothing."""
    values = [agent("engineInsightsAgent") | agent("polly"), {name: {"enabled": None}}]
    assert set(targets(from_values(*values))) == {"insights", "polly"} - {name}


@pytest.mark.parametrize(
    ("external", "switched_on"),
    [
        ({"enabled": True}, True),
        ({"connectionUrl": URL}, False),
        ({"enabled": False, "connectionUrl": URL}, False),
        ({"existingSecretName": "redis"}, False),
        ({"cluster": {"nodeUris": NODES}}, False),
        ({"cluster": {"enabled": True}}, False),
        ({"enabled": True, "cluster": {"enabled": True}}, True),
    ],
)
def test_switched_on(external: dict[str, Any], switched_on: bool) -> None:
    """Whoever says where it is and not `enabled` gets a finding."""
    values = {"redis": {"external": external}}
    assert one(values).switched_on is switched_on
    failed = ("langsmith", "config.external", Outcome.FAIL) in complaints(from_values(values))
    assert failed is not switched_on


@pytest.mark.parametrize(
    "external",
    [
        {},
        {"enabled": False},
        {"iamAuthProvider": "aws"},
        {"clusterSafeMode": True},
        {"clientCert": {"secretName": "pair"}},
        {"connectionUrlSecretKey": "url"},
        {"cluster": {"password": "tops3cret", "tlsEnabled": False}},
    ],
)
def test_nothing_says_where(external: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="no external Redis"):
        from_values({"redis": {"external": external}})


@pytest.mark.parametrize("external", [{"connectionUrl": URL}, {"enabled": False, "existingSecretName": "fleet-redis"}])
def test_agent_that_is_not_switched_on(external: dict[str, Any]) -> None:
    """The same of fleet and its like."""
    target = one({"polly": {"redis": {"external": external}}})
    assert (target.feature, target.switched_on) == (Feature.POLLY, False)


def test_standalone() -> None:
    """The URL says all of it, and the settings of a cluster are nothing to it."""
    target = one(main(connectionUrl="rediss://app:s%40cret@cache.example.com/2", cluster={"password": "other"}))
    assert (target.mode, [*map(str, target.endpoints)], target.db) == (
        Mode.STANDALONE,
        ["cache.example.com:6379"],
        2,
    )
    assert target.login == Password(username="app", password=Secret("s@cret"))
    assert (target.tls, target.safe_mode, target.iam) == (Tls(), False, "")
    assert (target.feature, target.installation, target.used_by, target.keys) == (
        Feature.LANGSMITH,
        "langsmith",
        (),
        (),
    )


def test_cluster() -> None:
    """TLS is on by default; the password stands beside the nodes, raw."""
    target = one(cluster(password="p@ss/word+1"))
    assert target.mode is Mode.CLUSTER
    assert [each.uri for each in target.endpoints] == NODES
    assert (target.tls, target.login) == (Tls(), Password(password=Secret("p@ss/word+1")))
    assert one(cluster(tlsEnabled=False)).tls is None
    assert one(cluster()).login is None


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        (main(connectionUrl=URL, clusterSafeMode=True), "safe_mode", True),
        (cluster(), "safe_mode", False),
        (main(connectionUrl=URL, iamAuthProvider="aws"), "iam", "aws"),
        (main(connectionUrl=URL, iamAuthProvider="AWS "), "iam", "AWS "),
        (agent("polly", iamProvider="gcp"), "iam", "gcp"),
        (agent("polly", iamAuthProvider="gcp"), "iam", ""),
        (main(connectionUrl=URL, iamProvider="gcp"), "iam", ""),
        (main(connectionUrl=URL), "place", Place()),
        (main(existingSecretName="mine"), "place", Place(address="key connection_url of Secret mine", inline=False)),
    ],
)
def test_settings(values: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(one(values), field) == expected


def test_workload_identity_in_the_url() -> None:
    """The identity is no login with an empty password."""
    target = one(main(connectionUrl="rediss://app@cache.example.com", iamAuthProvider="aws"))
    assert (target.username, target.login, target.iam) == ("app", None, "aws")


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (main(existingSecretName="mine"), ["mine/connection_url"]),
        (main(existingSecretName="mine", connectionUrlSecretKey="url"), ["mine/url"]),
        (main(existingSecretName="mine", connectionUrl=URL), ["mine/connection_url"]),
        (
            main(existingSecretName="mine", cluster={"enabled": True}),
            ["mine/redis_cluster_node_uris", "mine/redis_cluster_password"],
        ),
        (
            main(
                existingSecretName="mine",
                cluster={"enabled": True, "nodeUrisSecretKey": "nodes", "passwordSecretKey": "auth"},
            ),
            ["mine/nodes", "mine/auth"],
        ),
        ({"polly": {"redis": {"external": {"enabled": True, "existingSecretName": "p"}}}}, ["p/redis_connection_url"]),
        (main(connectionUrl=URL) | {"config": {"customCa": {"secretName": "ca", "secretKey": "k"}}}, []),
        (main(connectionUrl="rediss://a") | {"config": {"customCa": {"secretName": "ca", "secretKey": "k"}}}, ["ca/k"]),
        (main(connectionUrl="rediss://a") | {"config": {"customCa": {"secretName": "ca"}}}, []),
        (main(connectionUrl="rediss://a", clientCert={"secretName": "pair"}), ["pair/tls.crt", "pair/tls.key"]),
        (
            main(connectionUrl="rediss://a", clientCert={"secretName": "p", "certSecretKey": "c", "keySecretKey": "k"}),
            ["p/c", "p/k"],
        ),
        (main(connectionUrl="rediss://a", clientCert={"certSecretKey": "c", "keySecretKey": "k"}), []),
        (
            cluster() | {"redis": {"disableSecretCreation": True, **cluster()["redis"]}},
            ["langsmith-redis/redis_cluster_node_uris", "langsmith-redis/redis_cluster_password"],
        ),
        (
            main() | {"redis": {"disableSecretCreation": True, **main()["redis"]}},
            ["langsmith-redis/connection_url"],
        ),
        (main(connectionUrl=URL) | {"config": {"disableSecretCreation": True}}, []),
    ],
)
def test_keys_of_secrets(values: dict[str, Any], keys: list[str]) -> None:
    """What the pods read and the chart does not make: by the chart's own names, or those that the values give."""
    assert [f"{each.secret}/{each.key}" for each in one(values).keys] == keys


@pytest.mark.parametrize(("optional", "flaw"), [(False, Flaw.KEY_MISSING), (True, None)])
def test_password_key_that_is_missing(optional: bool, flaw: Flaw | None) -> None:
    """The chart demands it, unless config.disableSecretCreation makes every key optional."""
    values = main(existingSecretName="mine", cluster={"enabled": True})
    values["config"] = {"disableSecretCreation": optional}
    target = one(values, secret("mine", redis_cluster_node_uris='["redis://a:6379"]'))
    assert [each.flaw for each in target.keys] == [None, flaw]
    assert target.login is None


@pytest.mark.parametrize(
    ("data", "flaws"),
    [
        ({"connection_url": URL}, [Flaw.OUTDATED]),
        ({"redis_cluster_node_uris": "[]"}, []),
        ({"redis_cluster_node_uris": "[]", "connection_url": URL}, []),
    ],
)
def test_the_chart_s_secret_as_it_was(data: dict[str, str], flaws: list[Flaw]) -> None:
    """The Jobs before an upgrade read the Secret of the release before, which may lack the key (trap T2)."""
    target = one(cluster(), secret("langsmith-redis", **data))
    assert [each.flaw for each in target.keys] == flaws
    assert [each.uri for each in target.endpoints] == NODES


def test_client_certificate() -> None:
    target = one(
        main(connectionUrl="rediss://a", clientCert={"secretName": "pair"})
        | {"config": {"customCa": {"secretName": "ca", "secretKey": "bundle"}}},
        secret("pair", tls__crt="-----BEGIN CERTIFICATE-----", tls__key="-----BEGIN PRIVATE KEY-----"),
        secret("ca", bundle="-----BEGIN CERTIFICATE-----"),
    )
    assert target.tls == Tls(
        ca_file=Pem(text=Secret("-----BEGIN CERTIFICATE-----"), origin="key bundle of Secret ca"),
        client_cert=Pem(text=Secret("-----BEGIN CERTIFICATE-----"), origin="key tls.crt of Secret pair"),
        client_key=Pem(text=Secret("-----BEGIN PRIVATE KEY-----"), origin="key tls.key of Secret pair"),
    )
    assert Secret("-----BEGIN PRIVATE KEY-----") in target.secrets


@pytest.mark.parametrize(
    ("juicefs", "address"),
    [
        ({"redis": {"metaURL": URL}}, ["cache.example.com:6379"]),
        ({"existingSecretName": "fs"}, ["fs.example.com:6379"]),
        ({"existingSecretName": "fs", "redis": {"metaURL": URL}}, ["fs.example.com:6379"]),
        ({"csi": {"existingSecretName": "fs"}}, ["fs.example.com:6379"]),
        ({"csi": {"existingSecretName": "old"}, "existingSecretName": "fs"}, ["fs.example.com:6379"]),
        ({}, []),
    ],
)
def test_juicefs(juicefs: dict[str, Any], address: list[str]) -> None:
    """With sandboxes there is one more; in chart 0.16 its Secret is named under `csi`."""
    values = {"sandboxes": {"enabled": True, "juicefs": juicefs}}
    target = one(values, secret("fs", metaurl="redis://fs.example.com:6379/1"))
    assert (target.name, target.mode, target.feature) == ("juicefs", Mode.STANDALONE, Feature.JUICEFS)
    assert [*map(str, target.endpoints)] == address
    assert target.declaration.fatal is not bool(address)


def test_juicefs_without_sandboxes() -> None:
    values = main(connectionUrl=URL) | {"sandboxes": {"juicefs": {"redis": {"metaURL": URL}}}}
    assert set(targets(from_values(values))) == {"langsmith"}


@pytest.mark.parametrize(
    ("values", "release", "name"),
    [
        ({}, "", "langsmith"),
        ({}, "langsmith", "langsmith"),
        ({}, "my-langsmith-prod", "my-langsmith-prod"),
        ({}, "prod", "prod-langsmith"),
        ({"nameOverride": "ls"}, "prod", "prod-ls"),
        ({"nameOverride": "prod"}, "prod", "prod"),
        ({"fullnameOverride": "tracing"}, "prod", "tracing"),
        ({"fullnameOverride": "tracing", "nameOverride": "ls"}, "prod", "tracing"),
        ({}, "a" * 53, "a" * 53 + "-langsmith"),
        ({}, "a" * 62, "a" * 62),
        ({"fullnameOverride": "a" * 70}, "prod", "a" * 63),
    ],
)
def test_full_name(values: dict[str, Any], release: str, name: str) -> None:
    """The chart's rule names the Secret that somebody else makes under redis.disableSecretCreation."""
    external = {"disableSecretCreation": True, **main()["redis"]}
    target = one(values | {"redis": external}, **({"release": release} if release else {}))
    assert [each.secret for each in target.keys] == [f"{name}-redis"]
    assert target.installation == (release or "langsmith")


def test_later_files_and_set_win() -> None:
    """As Helm merges them; a null takes away what a file before it said."""
    plan = from_values(main(connectionUrl=URL), cluster(), set="redis.external.cluster.enabled=false")
    assert [*map(str, plan.targets[0].endpoints)] == ["cache.example.com:6379"]
    plan = from_values(main(existingSecretName="mine", connectionUrl=URL), main(existingSecretName=None))
    assert (plan.targets[0].keys, plan.targets[0].db) == ((), 3)
    with pytest.raises(InputError, match="no external Redis"):
        from_values(main(connectionUrl=URL), {"redis": None})
