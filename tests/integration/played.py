"""Services that cannot be had here, as far as their documentation tells: rules of a front before a real server."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import redis
from redis.crc import key_slot

from tests.servers.front import Answer, Front, Instead, Rule, Words, bulk, front
from tests.servers.process import Server
from tests.servers.readiness import until

Fields = Mapping[str, str | None]
"""What INFO says in place of the server behind; a None is not told at all."""

Part = Callable[[], Rule]
"""Makes a rule for one connection."""

CLUSTER_REFUSED = "ERR command is not allowed"
"""What Redis Enterprise says to CLUSTER without the OSS API."""

ABORTED = b"-EXECABORT Transaction discarded because of previous errors.\r\n"


def said(info: Fields) -> Part:
    """INFO with these fields."""

    def made(reply: bytes) -> bytes:
        text = reply.partition(b"\r\n")[2].decode()
        kept = [line for line in text.splitlines() if line.partition(":")[0] not in info]
        told = [f"{name}:{value}" for name, value in info.items() if value is not None]
        return bulk("\r\n".join(["# Server", *told, *kept, ""]).encode())

    return lambda: lambda words: Instead(words, made) if words[0].upper() == b"INFO" else None


def refused(text: str, *commands: str) -> Part:
    """These commands, given as `CONFIG` or `CONFIG GET`, get this error, in which placeholders are filled in."""

    def rule(words: Words) -> Answer:
        asked = [word.decode(errors="replace") for word in words]
        names = {asked[0].upper(), " ".join(asked[:2]).upper()}
        if names.isdisjoint(commands):
            return None
        command = "|".join(asked[:2]).lower() if names & set(_CONTAINERS) else asked[0].lower()
        arguments = " ".join(f"'{each}'" for each in asked[1:])
        return f"-{text.format(name=asked[0], command=command, arguments=arguments)}\r\n".encode()

    return lambda: rule


_CONTAINERS = ("ACL", "CLIENT", "CLUSTER", "CONFIG", "SCRIPT")

UNKNOWN = "ERR unknown command '{name}', with args beginning with: {arguments} "
"""As Redis 7 says it."""

NOPERM = "NOPERM User default has no permissions to run the '{command}' command"
"""As Redis 7.2 says it."""

NO_LUA = "ERR This instance has Lua scripting support disabled"
"""Garnet, unless it is started with `--lua`."""


@dataclass
class OneSlot:
    """Redis Enterprise: the keys of one transaction, script or blocking pop share a slot; a few commands are spread."""

    first: bytes | None = None
    """The first key of the transaction that is open."""
    is_open: bool = False
    is_broken: bool = False

    def __call__(self, words: Words) -> Answer:
        name = words[0].upper()
        if name == b"MULTI":
            self.first, self.is_open, self.is_broken = None, True, False
        if name not in {b"MULTI", b"EXEC", b"DISCARD"}:
            return self._judged(name, _keys(name, words))
        if name == b"EXEC" and self.is_broken:
            self.is_open = self.is_broken = False
            return Instead([b"DISCARD"], lambda _: ABORTED)
        self.is_open = name == b"MULTI"
        return None

    def _judged(self, name: bytes, keys: list[bytes]) -> Answer:
        if not keys or (not self.is_open and name in _SPREAD):
            return None
        first = self.first or keys[0]
        self.first = first if self.is_open else None
        stray = next((key for key in keys if key_slot(key) != key_slot(first)), None)
        if stray is None:
            return None
        # Refused when it is queued, and not only at EXEC.
        self.is_broken = self.is_open
        context = "within MULTI" if self.is_open else ""
        return (
            f"-CROSSSLOT Keys in request don't hash to the same slot (context='{context}', "
            f"command='{name.decode()}', original-slot='{key_slot(first)}', wrong-slot='{key_slot(stray)}', "
            f"first-key='{first.decode()}', violating-key='{stray.decode()}')\r\n"
        ).encode()


_SPREAD = {b"DEL", b"MSET", b"MGET", b"EXISTS", b"UNLINK", b"TOUCH"}
_KEYLESS = {
    *(b"ACL", b"AUTH", b"CLIENT", b"CLUSTER", b"COMMAND", b"CONFIG", b"HELLO", b"INFO", b"PING", b"PSUBSCRIBE"),
    *(b"PUBLISH", b"PUNSUBSCRIBE", b"SCAN", b"SCRIPT", b"SELECT", b"SUBSCRIBE", b"TIME"),
}


def _keys(name: bytes, words: Words) -> list[bytes]:
    if name in _KEYLESS:
        return []
    if name in {b"EVAL", b"EVALSHA"}:
        return words[3 : 3 + int(words[2])]
    if name in _SPREAD:
        return words[1 :: 2 if name == b"MSET" else 1]
    return words[1 : 3 if name in {b"BLMOVE", b"BRPOPLPUSH", b"RPOPLPUSH", b"LMOVE"} else 2]


@dataclass
class Declared:
    """Dragonfly: a script touches no key that it does not declare."""

    strays: dict[bytes, int] = field(default_factory=dict)
    """Of each script that has been loaded, the line that makes up a key."""

    def __call__(self, words: Words) -> Answer:
        name = b" ".join(words[:2]).upper()
        if name == b"SCRIPT LOAD" and (line := _undeclared(words[2].decode())):
            self.strays[hashlib.sha1(words[2], usedforsecurity=False).hexdigest().encode()] = line
        if words[0].upper() != b"EVALSHA" or words[1] not in self.strays:
            return None
        where = f"(call to {words[1].decode()}): @user_script:{self.strays[words[1]]}"
        return f"-ERR Error running script {where}: script tried accessing undeclared key\r\n".encode()


def _undeclared(script: str) -> int:
    """The line of the first call whose key is not one of KEYS alone; 0 for none."""
    calls = re.finditer(r"redis\.call\(\s*'\w+',\s*(?!KEYS\[\d+\]\s*[,)])", script)
    return next((script.count("\n", 0, call.start()) + 1 for call in calls), 0)


ENTERPRISE: tuple[Part, ...] = (
    refused(CLUSTER_REFUSED, "CLUSTER"),
    # Its own words for it are not known.
    refused("ERR SELECT is not supported", "SELECT"),
)
"""Redis Enterprise without the OSS Cluster API, and not sharded."""

AMAZON: Fields = {
    "os": "Amazon ElastiCache",
    "gcc_version": "0.0.0",
    "process_id": "1",
    "executable": "-",
    "config_file": "-",
    # Redis 6.2 says it, 6.0 does not.
    "maxclients": None,
}
AZURE: Fields = {"redis_version": "6.0.14", "maxclients": None}

BY_AWS = ["BGREWRITEAOF", "BGSAVE", "CONFIG", "DEBUG", "MIGRATE", "REPLICAOF", "SAVE", "SLAVEOF", "SHUTDOWN", "SYNC"]
BY_AZURE = ["BGREWRITEAOF", "BGSAVE", "CONFIG", "DEBUG", "MIGRATE", "SAVE", "SHUTDOWN", "SLAVEOF"]
BY_GOOGLE = ("ACL", "CLIENT NO-EVICT", "CLIENT SETINFO", "CONFIG")
"""What each takes away."""

ALL_IN_ORDER = ("maxmemory 8gb",)
"""With this, no server gives a reason to warn, whatever machine it runs on."""

MANAGED: Fields = {"redis_version": "7.4.0", "rlec_version": "7.22.0-95", "redis_mode": None, "cluster_enabled": None}


@dataclass(frozen=True)
class Service:
    """What stands before a server of this key."""

    parts: tuple[Part, ...]
    key: str = "redis-7.0"
    clustered: bool = False
    """One real node behind it serves all slots."""


SERVICES = {
    "EnterpriseCluster": Service((said(MANAGED), *ENTERPRISE, OneSlot)),
    "EnterpriseCluster that calls itself standalone": Service((said({"redis_version": "7.4.0"}), *ENTERPRISE, OneSlot)),
    "Redis Enterprise of one shard": Service((said(MANAGED), *ENTERPRISE)),
    "ElastiCache": Service((said(AMAZON), refused(UNKNOWN, *BY_AWS)), "redis-6.2"),
    "ElastiCache Serverless": Service((said(AMAZON), refused(UNKNOWN, *BY_AWS)), clustered=True),
    "Memorystore for Valkey": Service((refused(NOPERM, *BY_GOOGLE),), "valkey-8.1"),
    "Memorystore Cluster": Service((refused(NOPERM, *BY_GOOGLE),), clustered=True),
    "Azure Cache": Service((said(AZURE), refused(UNKNOWN, *BY_AZURE)), "redis-6.2"),
    "Dragonfly": Service((said({"redis_version": "7.4.0", "dragonfly_version": "df-v1.25.1"}), Declared)),
    "Garnet": Service(
        (said({"redis_version": "7.4.3", "garnet_version": "1.0.65"}), refused(NO_LUA, "EVAL", "EVALSHA", "SCRIPT"))
    ),
    "KeyDB": Service((said({"redis_version": "6.3.4", "features": "", "availability_zone": ""}),), "redis-6.2"),
}


@contextmanager
def played(server: Server, *parts: Part) -> Iterator[Front]:
    """Put a service before this server; it fails if the server is then left with anything."""
    with server.client() as client:
        known = _clients(client)
    with front(server, lambda: _first_of([part() for part in parts])) as before:
        yield before
        assert_left_alone(server, known)


def _first_of(rules: list[Rule]) -> Rule:
    return lambda words: next((answer for rule in rules if (answer := rule(words)) is not None), None)


def assert_left_alone(server: Server, known: set[str]) -> None:
    """No further client, no subscription, no key."""
    with server.client() as client:
        own = str(client.client_id())
        until(lambda: _clients(client) <= {*known, own}, "all clients to go", seconds=5)
        assert client.pubsub_channels() == []
        assert client.pubsub_numpat() == 0
        assert client.keys() == []


def _clients(client: redis.Redis) -> set[str]:
    return {each["id"] for each in client.client_list()}
