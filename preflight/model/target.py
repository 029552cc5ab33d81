"""What is to be checked: one target per Redis that the installation will use."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from preflight.model.errors import InputError
from preflight.model.identity import AwsIam, AzureIam, GcpIam, Identity
from preflight.model.installation import Feature, Flaw, Installation, Purpose, SecretKey
from preflight.model.secret import Secret


class Mode(StrEnum):
    """Which client LangSmith will use."""

    STANDALONE = "standalone"
    CLUSTER = "cluster"


class Endpoint(Struct, frozen=True, kw_only=True):
    """One address as the clients will dial it."""

    host: str
    port: int
    check_hostname: bool = True

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def uri(self) -> str:
        """The node URI that LangSmith takes for it."""
        return f"redis://{self}" + ("" if self.check_hostname else "?ssl_check_hostname=false")


class Pem(Struct, frozen=True, kw_only=True):
    """What a certificate file will hold, where it is not on this machine."""

    text: Secret
    origin: str
    """What to call it, as `key ca.crt of Secret langsmith-ca`."""

    def __str__(self) -> str:
        return self.origin


File: TypeAlias = str | Pem
"""A path as the process sees it, or what the file holds."""


class Tls(Struct, frozen=True, kw_only=True):
    """TLS is on; no CA file means the system's roots."""

    ca_file: File | None = None
    client_cert: File | None = None
    client_key: File | None = None


class Password(Struct, frozen=True, kw_only=True):
    """AUTH with a password, for an ACL user if one is named."""

    password: Secret
    username: str | None = None


class MistakeKind(StrEnum):
    """What can be wrong with a URL or a node list as text."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    CONTROL_CHARACTER = "control-character"
    SCHEME_MISSING = "scheme-missing"
    SCHEME_VALKEY = "scheme-valkey"
    SCHEME = "scheme"
    SCHEME_TLS = "scheme-tls"
    PLACEHOLDER = "placeholder"
    HOST_MISSING = "host-missing"
    HOST = "host"
    SEVERAL_HOSTS = "several-hosts"
    PORT_MISSING = "port-missing"
    PORT_TEXT = "port-text"
    PORT_RANGE = "port-range"
    DATABASE = "database"
    DATABASE_IN_CLUSTER = "database-in-cluster"
    FRAGMENT = "fragment"
    PASSWORD_RAW = "password-raw"  # noqa: S105 - the name of a mistake
    PASSWORD_IN_NODE = "password-in-node"  # noqa: S105 - the name of a mistake
    USERNAME_IN_NODE = "username-in-node"
    PARAMETER = "parameter"
    PARAMETER_VALUE = "parameter-value"
    NOT_JSON = "not-json"
    NOT_A_LIST = "not-a-list"
    NOT_TEXT = "not-text"


class Mistake(Struct, frozen=True, kw_only=True):
    """Something wrong in a connection string; `text` is safe to show, `where` names the node URI."""

    kind: MistakeKind
    text: str = ""
    where: str = ""
    fatal: bool = False
    """Nothing can be dialled because of it."""


class Disagreement(Struct, frozen=True, kw_only=True):
    """How LangSmith's two clients read one URL, where they do not read it alike."""

    refused_by: dict[str, str] = {}
    """Client name -> why, in words that quote nothing secret."""
    differing: tuple[str, ...] = ()
    """The parts that both read, and differently: password, username, db, host, port."""
    passwordless: bool = False
    """The URL names a user and no password, which each client makes something else of."""
    documented: bool = False
    """All of it comes from forms that LangSmith documents and so must handle itself."""


class Declaration(Struct, frozen=True, kw_only=True):
    """The connection string or node list as it was written, without its secrets."""

    shown: str
    """The text with every secret masked, or what could be told of it."""
    encoded: str = ""
    """A URL of the same meaning in the one form that every client reads alike, the password masked."""
    mistakes: tuple[Mistake, ...] = ()
    clients: Disagreement = Disagreement()

    @property
    def fatal(self) -> bool:
        """It leaves nothing to dial."""
        return any(mistake.fatal for mistake in self.mistakes)


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a source or the command line says beside the connection string."""

    username: str | None = None
    password: Secret | None = None
    tls: bool | None = None
    """For a node list only: a URL says it by its scheme. None means LangSmith's default, on."""
    ca_file: File | None = None
    client_cert: File | None = None
    client_key: File | None = None
    safe_mode: bool = False
    iam: str = ""
    """The workload-identity provider, as written."""
    aws: AwsIam = AwsIam()
    """What was given in place of what the endpoint's name says."""
    azure: AzureIam = AzureIam()
    upgrade: bool = False
    """LangSmith uses this Redis already."""

    def encryption(self, on: bool) -> Tls | None:
        if not on:
            return None
        return Tls(ca_file=self.ca_file, client_cert=self.client_cert, client_key=self.client_key)

    def login(self, username: str | None, password: Secret | None) -> Password | None:
        """What is said here wins over the connection string's own. A user alone comes with an empty password."""
        username, password = self.username or username, self.password or password
        if not username and not password:
            return None
        return Password(username=username, password=password or Secret(""))


class Place(Struct, frozen=True, kw_only=True):
    """Where a target's settings are said, for the words of a remedy; empty means the chart's usual values."""

    address: str = ""
    password: str = ""
    switch: str = ""
    """The variable that switches TLS on for a node list."""
    helm: bool = True
    """The settings are values of the chart, or of Secrets beside it."""
    inline: bool = True
    """The connection string is one of the values; otherwise a Secret or an environment holds it."""


class Target(Struct, frozen=True, kw_only=True):
    """One Redis or Valkey as the installation is configured to use it."""

    name: str
    mode: Mode
    declaration: Declaration
    endpoints: tuple[Endpoint, ...] = ()
    tls: Tls | None = None
    login: Password | None = None
    iam: str = ""
    """The workload-identity provider as written; empty for none."""
    identity: Identity | None = None
    """What a token is asked for with; None without workload identity, and for a provider that there is none of."""
    username: str = ""
    """The user to log in where workload identity stands in for the password."""
    db: int = 0
    safe_mode: bool = False
    upgrade: bool = False
    """LangSmith uses it already: its keys and clients are no strangers'."""
    switched_on: bool = True
    """The values enable it; otherwise they say where it is and the chart deploys its own."""
    feature: Feature = Feature.LANGSMITH
    installation: str = ""
    """The name of the installation that it belongs to."""
    used_by: tuple[str, ...] = ()
    """The workloads that receive it."""
    keys: tuple[SecretKey, ...] = ()
    """What its pods read from Secrets that exist outside the chart."""
    place: Place = Place()
    secrets: tuple[Secret, ...] = ()
    """Every text of this target that must never leave, passwords and raw strings alike."""

    @property
    def tokenless(self) -> bool:
        """Workload identity is configured so that no token can be asked for, or that it may not be sent."""
        match self.identity:
            case AwsIam():
                return self.tls is None or (self.mode is Mode.STANDALONE and not self.username)
            case AzureIam():
                return self.tls is None
            case GcpIam():
                return False
            case None:
                return bool(self.iam)

    @property
    def withheld(self) -> bool:
        """A Secret does not give what the pods need of it."""
        return any(key.flaw not in {None, Flaw.OUTDATED} for key in self.keys)

    @property
    def undeclared(self) -> bool:
        """The connection string itself is not known."""
        flawed = {key.purpose for key in self.keys if key.flaw not in {None, Flaw.OUTDATED}}
        return not flawed.isdisjoint({Purpose.URL, Purpose.NODES})


class Plan(Struct, frozen=True, kw_only=True):
    """What the inputs understood."""

    targets: tuple[Target, ...]
    installations: tuple[Installation, ...] = ()

    def __post_init__(self) -> None:
        """Raises `InputError` where two targets could not be told apart in a report."""
        if len({target.name for target in self.targets}) < len(self.targets):
            raise InputError("two targets have the same name")
