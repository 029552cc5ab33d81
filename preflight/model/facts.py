"""The records that probes fill: what the network and the servers did, nothing about what it means."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Certificate(Struct, frozen=True, kw_only=True):
    """What a certificate says of itself; times are UTC, ISO 8601."""

    subject: str
    issuer: str
    common_name: str = ""
    names: tuple[str, ...] = ()
    """Its SANs: host names as they are, addresses without brackets."""
    not_before: str = ""
    not_after: str = ""
    key: str = ""
    """Type and size, as `RSA 2048`."""
    signature: str = ""
    """The hash that it was signed over, as `sha256`."""
    is_ca: bool = False
    for_clients: bool = True
    """Its extended key usage, if it has one, allows client authentication."""

    @property
    def is_self_signed(self) -> bool:
        return self.subject == self.issuer


class Shown(Struct, frozen=True, kw_only=True):
    """The certificates that a server showed, and what the verification as the clients do it made of them."""

    chain: tuple[Certificate, ...]
    """As sent: the server's own first."""
    dialled: str
    """The host name or address that the clients would compare."""
    compared: bool
    """They do compare it."""
    at: str
    """When, UTC, ISO 8601."""
    problem: str = ""
    """OpenSSL's words where the verification failed."""
    code: int = 0
    """Its X509_V_ERR number; 0 where it did not fail."""
    akin: bool = False
    """A trusted root belongs to the organisation of the last certificate's issuer."""
    vouched: bool = True
    """The signatures lead from the server's certificate to a trusted root."""

    @property
    def own(self) -> Certificate:
        """The server's."""
        return self.chain[0]


class Asked(Struct, frozen=True, kw_only=True):
    """Whether the server asked for a client certificate, and by whom signed."""

    asked: bool
    authorities: tuple[str, ...] = ()
    """The CAs that it accepts; empty for any."""


class Files(Struct, frozen=True, kw_only=True):
    """The TLS files were read."""

    roots: int = 0
    """Trusted CA certificates in the bundle in use."""
    client_certificate: Certificate | None = None
    at: str = ""
    """When they were read, UTC, ISO 8601."""
    public_roots: int | None = None
    """How many of the system's roots a bundle of one's own keeps; None where the system's own are in use."""


class Addresses(Struct, frozen=True, kw_only=True):
    addresses: tuple[str, ...]


class Attempt(Struct, frozen=True, kw_only=True):
    """One address dialled; no message means that it accepted."""

    address: str
    message: str = ""


class Connected(Struct, frozen=True, kw_only=True):
    address: str
    """The address that the rest of the walk used."""
    attempts: tuple[Attempt, ...]


class Channel(Struct, frozen=True, kw_only=True):
    """What commands travel through; `protocol` is empty on a plaintext connection."""

    protocol: str = ""
    cipher: str = ""


class Session(Struct, frozen=True, kw_only=True):
    """The server takes commands from us."""

    username: str = "default"
    password: bool = False
    """A password was asked for and accepted."""


_NOT_NOW: Final = frozenset({"CLUSTERDOWN", "LOADING", "MASTERDOWN", "TRYAGAIN", "BUSY", "ASK"})


class Reply(Struct, frozen=True, kw_only=True):
    """The server's answer to a rehearsed command: `code` is the error's first word, empty on success."""

    code: str = ""
    message: str = ""

    @property
    def ok(self) -> bool:
        return not self.code

    @property
    def passes(self) -> bool:
        """The server says: not now."""
        return self.code in _NOT_NOW


class Product(StrEnum):
    """Who really answers, by its own name."""

    REDIS = "Redis"
    REDIS_ENTERPRISE = "Redis Enterprise"
    VALKEY = "Valkey"
    KEYDB = "KeyDB"
    DRAGONFLY = "Dragonfly"
    GARNET = "Garnet"
    UNKNOWN = "an unknown server"


class Role(StrEnum):
    PRIMARY = "primary"
    REPLICA = "replica"
    SENTINEL = "sentinel"
    UNKNOWN = "unknown"


class Load(Struct, frozen=True, kw_only=True):
    """How full a server is, from INFO; None where it does not say."""

    memory_used: int | None = None
    """Bytes."""
    memory_limit: int | None = None
    """Bytes of maxmemory; 0 for no limit."""
    machine_memory: int | None = None
    """Bytes that its machine has."""
    clients: int | None = None
    """Connections now, ours among them."""
    clients_limit: int | None = None
    """maxclients."""
    keys: dict[str, int] | None = None
    """By number of the database; one without keys is not there."""


class Server(Struct, frozen=True, kw_only=True):
    """Who answers and how it is, from INFO (or HELLO, where INFO is not permitted), TIME and SELECT."""

    product: Product
    version: tuple[int, ...]
    """As far as it is numbers; empty where the server does not say."""
    role: Role = Role.UNKNOWN
    primary: str = ""
    """host:port of the primary of a replica."""
    cluster_enabled: bool | None = None
    """None where the server does not say."""
    loading: bool = False
    persistence_error: str = ""
    """The INFO field that reports a failed save, as `rdb_last_bgsave_status:err`."""
    clock_offset: float | None = None
    """Seconds by which the server's TIME is ahead of the local clock, half the round trip allowed for."""
    clock_error: float = 0.0
    """Half the round trip, in seconds: the offset is known no better."""
    database: Reply = Reply()
    """The answer to SELECT of the configured database."""
    info: Reply = Reply()
    """The answer to INFO: an error where it is not permitted."""
    run_id: str = ""
    """What this process calls itself, which tells two names of one server."""
    eviction: str = ""
    """The maxmemory policy, as `noeviction`; empty where the server does not say."""
    load: Load = Load()

    def __str__(self) -> str:
        number = ".".join(map(str, self.version))
        return f"{self.product} {number}".rstrip()
