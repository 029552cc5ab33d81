"""What was seen of each target: facts and failures, frozen, without judgement."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct

from preflight.model.cluster import Member, Topology, View
from preflight.model.facts import Addresses, Asked, Channel, Connected, Files, Reply, Server, Session, Shown
from preflight.model.installation import Installation
from preflight.model.rehearsal import Exchange, Latency, Rehearsal, Rights
from preflight.model.target import Target
from preflight.model.token import Renewal, Token

T = TypeVar("T")


class Stage(StrEnum):
    """The rungs of the ladder, lowest first: nothing is tried before the rung below has held."""

    CONFIG = "config"
    FILES = "files"
    TOKEN = "token"  # noqa: S105 - the name of a stage
    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    AUTH = "auth"
    SERVER = "server"
    TOPOLOGY = "topology"
    COMMANDS = "commands"
    CAPACITY = "capacity"

    @property
    def rank(self) -> int:
        return tuple(Stage).index(self)


class Cause(StrEnum):
    """Why a stage failed; each has its words and its remedy in `remedies`."""

    URL_UNUSABLE = "url-unusable"
    NODES_UNUSABLE = "nodes-unusable"
    SECRET_UNUSABLE = "secret-unusable"  # noqa: S105 - the name of a cause
    IAM_UNUSABLE = "iam-unusable"
    SDK_MISSING = "sdk-missing"
    USER_UNNAMED = "user-unnamed"
    CACHE_UNNAMED = "cache-unnamed"
    REGION_UNKNOWN = "region-unknown"
    CREDENTIALS_MISSING = "credentials-missing"
    CREDENTIALS_BROKEN = "credentials-broken"
    IDENTITY_NOT_INJECTED = "identity-not-injected"
    IDENTITY_FILE_UNREADABLE = "identity-file-unreadable"
    IDENTITY_TOKEN_EXPIRED = "identity-token-expired"  # noqa: S105 - the name of a cause
    IDENTITY_TOKEN_REFUSED = "identity-token-refused"  # noqa: S105 - the name of a cause
    METADATA_SILENT = "metadata-silent"
    ISSUER_SILENT = "issuer-silent"
    ISSUER_UNREACHABLE = "issuer-unreachable"
    ISSUER_UNTRUSTED = "issuer-untrusted"
    ISSUER_BROKEN = "issuer-broken"
    ISSUER_REFUSED = "issuer-refused"
    ROLE_REFUSED = "role-refused"
    IMPERSONATION_REFUSED = "impersonation-refused"
    SUBJECT_MISMATCH = "subject-mismatch"
    TENANT_WRONG = "tenant-wrong"
    CLIENT_UNKNOWN = "client-unknown"
    SCOPE_UNKNOWN = "scope-unknown"
    KEY_REFUSED = "key-refused"
    TOKEN_EMPTY = "token-empty"  # noqa: S105 - the name of a cause
    TOKEN_OVERSIZED = "token-oversized"  # noqa: S105 - the name of a cause
    TOKEN_EXPIRED = "token-expired"  # noqa: S105 - the name of a cause
    IDENTITY_SHADOWED = "identity-shadowed"
    IDENTITY_UNBOUND = "identity-unbound"
    REGION_DOUBTFUL = "region-doubtful"
    OBJECT_ID_EXPECTED = "object-id-expected"
    AUDIENCE_WRONG = "audience-wrong"
    CLOCK_SKEWED = "clock-skewed"
    CA_UNREADABLE = "ca-unreadable"
    FILE_FORBIDDEN = "file-forbidden"
    CLIENT_PAIR_UNREADABLE = "client-pair-unreadable"
    CLIENT_PAIR_SWAPPED = "client-pair-swapped"
    CLIENT_PAIR_MISMATCHED = "client-pair-mismatched"
    CLIENT_KEY_ENCRYPTED = "client-key-encrypted"
    NAME_UNKNOWN = "name-unknown"
    RESOLVER_FAILED = "resolver-failed"
    RESOLVER_SILENT = "resolver-silent"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect-timeout"
    TLS_SILENT = "tls-silent"
    TLS_PLAINTEXT = "tls-plaintext"
    TLS_CLOSED = "tls-closed"
    TLS_REFUSED = "tls-refused"
    TLS_TOO_OLD = "tls-too-old"
    UNTRUSTED = "untrusted"
    SELF_SIGNED = "self-signed"
    CHAIN_INCOMPLETE = "chain-incomplete"
    CERTIFICATE_WEAK = "certificate-weak"
    HOSTNAME_MISMATCH = "hostname-mismatch"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_NOT_YET_VALID = "certificate-not-yet-valid"
    CLIENT_CERTIFICATE_REQUIRED = "client-certificate-required"
    CLIENT_CERTIFICATE_UNTRUSTED = "client-certificate-untrusted"
    CLIENT_CERTIFICATE_EXPIRED = "client-certificate-expired"
    CLIENT_CERTIFICATE_UNSUITED = "client-certificate-unsuited"
    CLIENT_CERTIFICATE_REFUSED = "client-certificate-refused"
    TLS_SPOKEN = "tls-spoken"
    SILENT = "silent"
    CLOSED = "closed"
    NOT_REDIS = "not-redis"
    PASSWORD_REQUIRED = "password-required"  # noqa: S105 - the name of a cause
    PASSWORD_WRONG = "password-wrong"  # noqa: S105 - the name of a cause
    PASSWORD_UNEXPECTED = "password-unexpected"  # noqa: S105 - the name of a cause
    USER_UNKNOWN = "user-unknown"
    USER_DISABLED = "user-disabled"
    USER_REFUSED = "user-refused"
    USERS_UNSUPPORTED = "users-unsupported"
    AWS_TOKEN_REFUSED = "aws-token-refused"  # noqa: S105 - the name of a cause
    GCP_TOKEN_REFUSED = "gcp-token-refused"  # noqa: S105 - the name of a cause
    AZURE_TOKEN_REFUSED = "azure-token-refused"  # noqa: S105 - the name of a cause
    TOKEN_UNEXPECTED = "token-unexpected"  # noqa: S105 - the name of a cause
    TOKENS_UNSUPPORTED = "tokens-unsupported"
    IAM_BACKEND_BUSY = "iam-backend-busy"
    RENEWAL_REFUSED = "renewal-refused"
    RENEWAL_WITHOUT_TOKEN = "renewal-without-token"  # noqa: S105 - the name of a cause
    PROTECTED_MODE = "protected-mode"
    TOO_MANY_CLIENTS = "too-many-clients"
    LOADING = "loading"
    STALLED = "stalled"
    SECOND_REFUSED = "second-refused"
    UNDELETABLE = "undeletable"
    SERVER_ERROR = "server-error"
    NO_SUCH_DATABASE = "no-such-database"
    UNDIALLABLE = "undiallable"
    DISAGREEMENT = "disagreement"
    DEADLINE = "deadline"
    INTERRUPTED = "interrupted"
    NOT_ASKED = "not-asked"
    SKIPPED = "skipped"
    BUG = "bug"


class Seen(Struct, Generic[T], frozen=True, kw_only=True, tag="seen"):
    fact: T
    seconds: float = 0.0


class Failed(Struct, frozen=True, kw_only=True, tag="failed"):
    """Where the ladder broke; `message` is the evidence in the peer's or system's own words."""

    stage: Stage
    cause: Cause
    message: str = ""
    seconds: float = 0.0


class Unreached(Struct, frozen=True, kw_only=True, tag="unreached"):
    """Never tried, because of what happened at an earlier stage."""

    stage: Stage
    cause: Cause


Observed: TypeAlias = Seen[T] | Failed | Unreached


class Node(Struct, frozen=True, kw_only=True):
    """One address on its way up the ladder: an endpoint of the configuration, or one a cluster advertises."""

    name: str
    dns: Observed[Addresses]
    tcp: Observed[Connected]
    tls: Observed[Channel]
    shown: Observed[Shown]
    """The server's certificates, also where they were not accepted."""
    asked: Observed[Asked]
    """What it wanted of us."""
    auth: Observed[Session]
    server: Observed[Server]
    renewal: Observed[Renewal] = Unreached(stage=Stage.TOKEN, cause=Cause.NOT_ASKED)
    """A second token on the same connection; not asked without workload identity."""
    view: Observed[View] = Unreached(stage=Stage.TOPOLOGY, cause=Cause.NOT_ASKED)
    """How it sees its cluster; asked where a cluster is configured."""
    rights: Observed[Rights] = Unreached(stage=Stage.AUTH, cause=Cause.NOT_ASKED)
    write: Observed[Reply] = Unreached(stage=Stage.COMMANDS, cause=Cause.NOT_ASKED)
    """SET and GET of one key, on the primaries that are not rehearsed on."""
    advertised_by: str = ""
    """The node that named this one; empty for an endpoint of the configuration."""
    slots: str = ""
    """The slots that it serves, as `0-5460, 6000`; empty for none."""


class TargetEvidence(Struct, frozen=True, kw_only=True):
    target: Target
    files: Observed[Files]
    nodes: tuple[Node, ...]
    topology: Observed[Topology]
    rehearsal: Observed[Rehearsal]
    exchange: Observed[Exchange] = Unreached(stage=Stage.COMMANDS, cause=Cause.NOT_ASKED)
    latency: Observed[Latency] = Unreached(stage=Stage.COMMANDS, cause=Cause.NOT_ASKED)
    rehearsed_on: str = ""
    """The node of the rehearsal, the exchange and the latency."""
    maps: dict[str, tuple[Member, ...]] = {}
    """The maps that the nodes' views name: one, if they agree."""
    token: Observed[Token] = Unreached(stage=Stage.TOKEN, cause=Cause.NOT_ASKED)
    """Not asked without workload identity."""


class Evidence(Struct, frozen=True, kw_only=True):
    """All that one run saw."""

    started_at: str
    """UTC, ISO 8601."""
    seconds: float
    targets: tuple[TargetEvidence, ...]
    installations: tuple[Installation, ...] = ()
    seen_from: str = ""
    """The machine that looked."""
    tries: int = 1
    """How often it was looked at; this is what was seen the last time."""
    stopped_by: Cause | None = None
    """The deadline or an interruption, if one ended the run early."""

    def installation_of(self, target: Target) -> Installation | None:
        """What the files declare around a target; None for one that came without files."""
        return next((each for each in self.installations if each.name == target.installation), None)
