"""What preflight says of managed services: each is played before a real server, as its documentation tells."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.commandline import Ended, document, inside
from tests.integration.played import ALL_IN_ORDER, SERVICES, Service, played
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.front import Front

Placed = Callable[[str], Front]


@pytest.fixture
def placed(server_pool: ServerPool, cluster_pool: ClusterPool) -> Iterator[Placed]:
    """Puts up one of the services; the test fails if anything is left behind it."""
    with contextlib.ExitStack() as stack:
        yield lambda name: stack.enter_context(_placed(SERVICES[name], server_pool, cluster_pool))


@contextlib.contextmanager
def _placed(service: Service, servers: ServerPool, clusters: ClusterPool) -> Iterator[Front]:
    if service.clustered:
        config = (*ALL_IN_ORDER, "cluster-announce-ip 127.0.0.1")
        [server] = clusters.get(service.key, primaries=1, config=config).nodes
    else:
        server = servers.get(service.key, config=ALL_IN_ORDER)
    with played(server, *service.parts) as front:
        if service.clustered:
            with server.client() as client:
                client.config_set("cluster-announce-port", front.port)
        yield front


def _ways(front: Front) -> dict[str, tuple[str, ...]]:
    """How it may be declared."""
    address = f"redis://{front.host}:{front.port}"
    return {
        "URL": (f"{address}/0",),
        "safe mode": (f"{address}/0", "--cluster-safe-mode"),
        "nodes": ("--node", address, "--no-tls"),
        "database 1": (f"{address}/1",),
    }


def _troubles(ended: Ended) -> dict[str, str]:
    """The checks that neither passed nor had nothing to look at, and what is the matter."""
    return {
        each["id"]: each["blocked_by"] or each["outcome"]
        for each in document(ended)["findings"]
        if each["outcome"] not in ("pass", "not-applicable")
    }


def _patches(ended: Ended, front: Front) -> list[Any]:
    patches = [each["patch"] for each in document(ended)["findings"] if each["patch"]]
    return list(json.loads(json.dumps(patches).replace(f"{front.host}:{front.port}", "here")))


def _external(**values: object) -> list[Any]:
    return [{"redis": {"external": values}}]


COMMANDS = [
    f"commands.{name}" for name in ("blocking", "cross-slot", "pubsub", "required", "scripting", "transaction", "write")
]
NO_LIST = {"topology.mode": "fail", **dict.fromkeys([*COMMANDS, "capacity.memory"], "topology.mode")}
NO_URL = NO_LIST | dict.fromkeys(["capacity.empty", "topology.replicas", "topology.slots"], "topology.mode")
NO_DATABASE = {
    "capacity.database": "fail",
    **dict.fromkeys([*COMMANDS, "capacity.empty", "capacity.latency"], "capacity.database"),
}
STRANGE = {"server.product": "warn"}
NO_SCRIPTS = STRANGE | {"commands.scripting": "fail"}

SAFE_MODE = _external(clusterSafeMode=True)
AS_URL = _external(enabled=True, connectionUrl="redis://here/0", cluster={"enabled": False})
AS_SAFE_URL = _external(enabled=True, connectionUrl="redis://here/0", cluster={"enabled": False}, clusterSafeMode=True)
AS_NODES = _external(enabled=True, cluster={"enabled": True, "nodeUris": ["redis://here"], "tlsEnabled": False})
AS_DATABASE_0 = _external(connectionUrl="redis://here/0")

FINE: tuple[int, dict[str, str], list[Any]] = (0, {}, [])
ENTERPRISE_CLUSTER = {
    "URL": (1, {"commands.cross-slot": "fail"}, SAFE_MODE),
    "safe mode": FINE,
    "nodes": (1, NO_LIST, AS_SAFE_URL),
    "database 1": (1, NO_DATABASE, AS_DATABASE_0),
}
STANDALONE = {"URL": FINE, "safe mode": FINE, "nodes": (1, NO_LIST, AS_URL), "database 1": FINE}
CLUSTER = {
    "URL": (1, NO_URL, AS_NODES),
    "safe mode": (0, {"topology.mode": "warn"}, AS_NODES),
    "nodes": FINE,
    "database 1": (1, NO_URL | dict.fromkeys(["capacity.database", "capacity.latency"], "topology.mode"), AS_NODES),
}
UNSCRIPTED = {
    "URL": (1, NO_SCRIPTS, []),
    "safe mode": (1, NO_SCRIPTS, []),
    "nodes": (1, STRANGE | NO_LIST, AS_URL),
}
EXPECTED = {
    "EnterpriseCluster": ENTERPRISE_CLUSTER,
    "EnterpriseCluster that calls itself standalone": ENTERPRISE_CLUSTER,
    "Redis Enterprise of one shard": ENTERPRISE_CLUSTER | {"URL": FINE},
    "ElastiCache": STANDALONE,
    "ElastiCache Serverless": CLUSTER,
    "Memorystore for Valkey": STANDALONE,
    "Memorystore Cluster": CLUSTER,
    "Azure Cache": STANDALONE,
    "Dragonfly": UNSCRIPTED,
    "Garnet": UNSCRIPTED,
    "KeyDB": {
        "URL": (0, STRANGE, []),
        "safe mode": (0, STRANGE, []),
        "nodes": (1, STRANGE | NO_LIST, AS_URL),
    },
}


@pytest.mark.parametrize(
    ("name", "way"), [(name, way) for name, ways in EXPECTED.items() for way in ways], ids=lambda text: text
)
def test_a_service_by_how_it_is_declared(placed: Placed, name: str, way: str) -> None:
    """The exit status, every check that did not pass with what explains it, and the values that would do."""
    front = placed(name)
    ended = inside("check", *_ways(front)[way], "-o", "json")
    assert (ended.returncode, _troubles(ended), _patches(ended, front)) == EXPECTED[name][way]


def _values(front: Front, way: str) -> dict[str, Any]:
    address = f"redis://{front.host}:{front.port}"
    values: dict[str, Any] = {"enabled": True}
    if way == "nodes":
        values["cluster"] = {"enabled": True, "nodeUris": [address], "tlsEnabled": False}
    else:
        values["connectionUrl"] = f"{address}/0"
    return {"redis": {"external": values | ({"clusterSafeMode": True} if way == "safe mode" else {})}}


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("EnterpriseCluster", "URL"),
        ("EnterpriseCluster", "nodes"),
        ("ElastiCache", "nodes"),
        ("ElastiCache Serverless", "URL"),
        ("ElastiCache Serverless", "safe mode"),
    ],
)
def test_the_patch_is_the_cure(placed: Placed, tmp_path: Path, name: str, way: str) -> None:
    """Merged into the values as Helm would, it leaves nothing to say."""
    front = placed(name)
    values, patch = tmp_path / "values.yaml", tmp_path / "patch.yaml"
    values.write_text(yaml.safe_dump(_values(front, way)))
    assert _troubles(inside("check", "--values", str(values), "--patch", str(patch), "-o", "json"))
    cured = inside("check", "--values", str(values), "--values", str(patch), "-o", "json")
    assert (cured.returncode, _troubles(cured)) == (0, {})


def _finding(ended: Ended, check: str) -> Any:
    [found] = [each for each in document(ended)["findings"] if each["id"] == check]
    return found


def _said(ended: Ended, check: str) -> str:
    found = _finding(ended, check)
    return " ".join([found["summary"], *found["details"].values(), found["remedy"] or ""])


def test_the_words_of_an_enterprise_cluster(placed: Placed) -> None:
    """Its own explanation is the evidence, for transactions and for scripts, and the slots are real ones."""
    ended = inside("check", *_ways(placed("EnterpriseCluster"))["URL"], "-o", "json")
    details = _finding(ended, "commands.cross-slot")["details"]
    words = r"CROSSSLOT Keys in request don't hash to the same slot \(context='{}', command='{}', original-slot='(\d+)'"
    slots = {re.match(words.format(*said), details[what])[1] for what, *said in CROSSING}  # type: ignore[index]
    assert slots == {details["slots"].partition(",")[0]}
    assert _finding(ended, "server.product")["summary"] == "is Redis Enterprise 7.4.0"


CROSSING = [("MULTI/EXEC", "within MULTI", "SET"), ("Lua", "", "EVALSHA")]


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("ElastiCache", "capacity.connections", "the server does not say"),
        ("Azure Cache", "capacity.connections", "the server does not say"),
        ("Azure Cache", "commands.blocking", "BRPOPLPUSH waits"),
        (
            "Memorystore for Valkey",
            "auth.user",
            "not permitted here: NOPERM User default has no permissions to run the",
        ),
        ("Memorystore for Valkey", "auth.permissions", "was denied nothing that was tried"),
        ("Dragonfly", "commands.scripting", "start Dragonfly with `--default_lua_flags=allow-undeclared-keys`"),
        ("Garnet", "commands.scripting", "Garnet: start it with `--lua`"),
        ("Garnet", "commands.scripting", "This instance has Lua scripting support disabled"),
    ],
)
def test_what_it_says_of_what_is_taken_away(placed: Placed, name: str, check: str, words: str) -> None:
    """What a service does not allow is told as such, and is nobody's fault unless LangSmith needs it."""
    ended = inside("check", *_ways(placed(name))["URL"], "-o", "json")
    assert words in _said(ended, check)
