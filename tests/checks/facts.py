"""Facts by the handful: each factory is healthy but for what a test names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from preflight.model.cluster import Member, SlotRange, Topology, View
from preflight.model.components import WORKLOADS
from preflight.model.evidence import Cause, Evidence, Failed, Node, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import (
    Addresses,
    Asked,
    Attempt,
    Certificate,
    Channel,
    Connected,
    Files,
    Load,
    Product,
    Reply,
    Role,
    Server,
    Session,
    Shown,
)
from preflight.model.installation import Component, Flaw, Installation, Purpose, SecretKey, UnreadValue
from preflight.model.rehearsal import Exchange, Latency, Rehearsal, Rights
from preflight.model.target import Place, Surroundings, Target
from preflight.model.token import Renewal, Token
from preflight.uri.cluster import target_from_nodes
from preflight.uri.standalone import target_from_url

ADDRESS: Final = "cache.example.com:6379"
RUNGS: Final = ("dns", "tcp", "tls", "auth", "server")
BESIDE: Final = ("renewal", "view", "rights")
"""What is asked of a node that let us in."""
NOW: Final = "2026-01-02T03:04:05+00:00"
"""When certificates were seen."""
CA: Final = "O=example CA"
HELD: Final = "key connection_url of Secret redis"
AWS_HOST: Final = "master.cache.abc123.euw1.cache.amazonaws.com"
AZURE_HOST: Final = "cache.eastus.redis.azure.net"
OBJECT_ID: Final = "11111111-2222-3333-4444-555555555555"
CLIENT_ID: Final = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
TENANT: Final = "99999999-8888-7777-6666-555555555555"
GOOGLE_ACCOUNT: Final = "langsmith@project.iam.gserviceaccount.com"
ROLE: Final = "arn:aws:iam::123456789012:role/langsmith"


def standalone(url: str = f"redis://{ADDRESS}/0", **around: Any) -> Target:
    return target_from_url(url, Surroundings(**around))


def cluster(*uris: str, **around: Any) -> Target:
    return target_from_nodes(uris or (f"redis://{ADDRESS}",), Surroundings(**around))


def identified(provider: str = "aws", **around: Any) -> Target:
    """One with workload identity as the provider wants it: a URL on AWS and Azure, on Google a cluster."""
    urls = {"aws": f"rediss://app@{AWS_HOST}:6379/0", "azure": f"rediss://{OBJECT_ID}@{AZURE_HOST}:10000/0"}
    url = urls.get(provider)
    return standalone(url, iam=provider, **around) if url else cluster("redis://10.0.0.7:6379", iam=provider, **around)


def held(target: Target, place: str = HELD) -> Target:
    """The same, with its connection string in a Secret of the person's own."""
    return replace(target, place=Place(address=place, inline=False))


def key(flaw: Flaw | None = None, purpose: Purpose = Purpose.URL, **more: Any) -> SecretKey:
    return replace(SecretKey(secret="redis", key="connection_url", purpose=purpose, flaw=flaw), **more)


def component(name: str = "backend", **more: Any) -> Component:
    """A workload of the chart as the values declare it, without an annotation, a label or a security context."""
    known = next(each for each in WORKLOADS if each.name == name)
    declared = Component(
        name=name,
        features=known.features,
        documented=known.documented,
        service_account=known.service_account,
        annotations={},
        labels_path=f"{known.pod}.labels",
    )
    return replace(declared, **more)


def installation(*components: Component, **more: Any) -> Installation:
    """What a values file declares."""
    return replace(Installation(components=components, from_values=True), **more)


def unread(path: str, meant: str = "", text: str = "") -> UnreadValue:
    return UnreadValue(path=path, meant=meant, text=text)


def refusal(message: str) -> Reply:
    return Reply(code=message.partition(" ")[0], message=message)


def server(version: str = "7.2.4", product: Product = Product.REDIS, **more: Any) -> Server:
    numbers = tuple(int(each) for each in version.split(".") if each)
    healthy = Server(
        product=product,
        version=numbers,
        role=Role.PRIMARY,
        cluster_enabled=False,
        clock_offset=0.0,
        load=load(),
    )
    return replace(healthy, **more)


def served(*ranges: tuple[int, int, str]) -> tuple[SlotRange, ...]:
    """First slot, last slot and the name of the primary; `name+replica` names a replica too."""
    return tuple(
        SlotRange(first=first, last=last, primary=name.partition("+")[0], replicas=tuple(name.split("+")[1:]))
        for first, last, name in ranges
    )


def topology(*ranges: tuple[int, int, str], **more: Any) -> Topology:
    healthy = Topology(asked=ADDRESS, role=Role.PRIMARY, cluster_enabled=bool(ranges), ranges=served(*ranges))
    return replace(healthy, **more)


def rehearsal(**replies: Any) -> Rehearsal:
    """Every command was accepted but those that are given the server's refusal as text; other fields as they are."""
    steps = ("write", "transaction", "cross_slot", "script", "script_cross_slot")
    answers: dict[str, Any] = {name: refusal(replies.pop(name, "")) for name in steps}
    return Rehearsal(**answers, slots=(0, 1), **replies)


def exchange(pop: str = "BLMOVE", **replies: str) -> Exchange:
    """Everything arrived but what is given the server's refusal."""
    answers = {name: refusal(replies.get(name, "")) for name in ("blocking", "channel", "pattern")}
    return Exchange(pop=pop, **answers)


def latency(*milliseconds: float, seen_from: str = "laptop") -> Latency:
    return Latency(seconds=tuple(each / 1000 for each in milliseconds or (0.3, 0.2, 0.4)), seen_from=seen_from)


def rights(user: str = "default", **more: Any) -> Rights:
    """ACL DRYRUN was answered, and denies what `denied` says."""
    return replace(Rights(user=user, dry_run=True), **more)


def load(**more: Any) -> Load:
    """8 GB, a tenth of them used, and room for clients."""
    healthy = Load(
        memory_used=800 * 2**20,
        memory_limit=8 * 2**30,
        machine_memory=16 * 2**30,
        clients=3,
        clients_limit=10_000,
        keys={},
    )
    return replace(healthy, **more)


def member(id_: str, slots: str = "", primary: str = "") -> Member:
    """One line of a map; an id is 40 digits, and here as short as it is told apart."""
    return Member(id=id_, slots=slots, primary=primary)


def view(own: str, map_: str = "one", **more: Any) -> View:
    """How a node sees a healthy cluster; `map_` is the name of its map in the evidence."""
    return replace(View(own=own, map=map_, epoch=3), **more)


def connected() -> Connected:
    return Connected(address="10.0.0.7", attempts=(Attempt(address="10.0.0.7"),))


def certificate(*names: str, **more: Any) -> Certificate:
    """One that the CA has signed for these names, half-way through its two years."""
    healthy = Certificate(
        subject="CN=cache",
        issuer=CA,
        names=names or ("cache.example.com",),
        not_before="2025-01-01T00:00:00+00:00",
        not_after="2027-01-01T00:00:00+00:00",
        key="RSA 2048",
        signature="sha256",
    )
    return replace(healthy, **more)


def issuer(subject: str = CA, by: str = CA, **more: Any) -> Certificate:
    """A CA's own certificate, without names; a root where it signed itself."""
    return replace(certificate(), subject=subject, issuer=by, names=(), is_ca=True, **more)


def shown(*chain: Certificate, **more: Any) -> Shown:
    """A chain that was verified, and a name that was compared."""
    return replace(Shown(chain=chain or (certificate(),), dialled="cache.example.com", compared=True, at=NOW), **more)


def node(name: str = ADDRESS, *, server_facts: Server | None = None, **more: Any) -> Node:
    healthy = Node(
        name=name,
        dns=Seen(fact=Addresses(addresses=("10.0.0.7",))),
        tcp=Seen(fact=connected()),
        tls=Seen(fact=Channel()),
        shown=Unreached(stage=Stage.TLS, cause=Cause.NOT_ASKED),
        asked=Unreached(stage=Stage.TLS, cause=Cause.NOT_ASKED),
        auth=Seen(fact=Session()),
        server=Seen(fact=server_facts or server()),
        rights=Seen(fact=rights()),
    )
    return replace(healthy, **more)


def encrypted(name: str = ADDRESS, chain: Shown | None = None, asked: Asked | None = None, **more: Any) -> Node:
    """A node behind TLS that took the connection."""
    healthy = node(
        name,
        tls=Seen(fact=Channel(protocol="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384")),
        shown=Seen(fact=chain or shown()),
        asked=Seen(fact=asked or Asked(asked=False)),
    )
    return replace(healthy, **more)


def broken_node(stage: Stage, cause: Cause, name: str = ADDRESS, message: str = "", **more: Any) -> Node:
    """It failed at this rung, and so nothing above was reached."""
    at = RUNGS.index(stage)
    rungs: dict[str, Any] = dict.fromkeys((*RUNGS[at + 1 :], *BESIDE), Unreached(stage=stage, cause=cause))
    return node(name, **rungs | {stage: Failed(stage=stage, cause=cause, message=message)} | more)


def refused(chain: Shown, cause: Cause, name: str = ADDRESS, asked: Asked | None = None) -> Node:
    """A node whose handshake ended after it had shown its certificates."""
    seen_of = {"shown": Seen(fact=chain), "asked": Seen(fact=asked or Asked(asked=False))}
    return broken_node(Stage.TLS, cause, name, chain.problem, **seen_of)


def unclimbed_node(stage: Stage, cause: Cause, name: str = ADDRESS) -> Node:
    """Nothing of it was tried."""
    rungs: dict[str, Any] = dict.fromkeys((*RUNGS, *BESIDE), Unreached(stage=stage, cause=cause))
    return node(name, **rungs)


def tokenless_node(name: str = ADDRESS, cause: Cause = Cause.CREDENTIALS_MISSING) -> Node:
    """Without a token the walk ends at the login."""
    lost = Unreached(stage=Stage.TOKEN, cause=cause)
    return node(name, auth=lost, server=lost, renewal=lost, view=lost, rights=lost)


def admitted(name: str = ADDRESS, user: str = "app", *, fresh: bool = True, **more: Any) -> Node:
    """A node that took a token, and a second one on the same connection."""
    session = Session(username=user, password=True)
    return node(name, auth=Seen(fact=session), **{"renewal": Seen(fact=Renewal(fresh=fresh)), **more})


def token(**more: Any) -> Token:
    """A token of AWS for `cache` in eu-west-1, just signed with the role of a service account."""
    signed = Token(
        username="app",
        length=1320,
        principal=ROLE,
        source="assume-role-with-web-identity",
        claims={"service": "elasticache", "cache": "cache", "region": "eu-west-1", "by": "AWS_REGION"},
        obtained_at=NOW,
        expires_at="2026-01-02T03:19:05+00:00",
        clock_offset=0.0,
    )
    return replace(signed, **more)


def gcp_token(**more: Any) -> Token:
    """A token of Google for a service account, just issued to a pod on GKE."""
    issued = Token(
        username="default",
        length=1024,
        principal=GOOGLE_ACCOUNT,
        source="google.auth.compute_engine.credentials",
        claims={"scope": "https://www.googleapis.com/auth/cloud-platform"},
        obtained_at=NOW,
        expires_at="2026-01-02T04:04:04+00:00",
    )
    return replace(issued, **more)


def azure_token(**more: Any) -> Token:
    """A token of Entra ID for a managed identity, just issued to a pod on AKS; `claims` are beside the usual ones."""
    claims = {"oid": OBJECT_ID, "appid": CLIENT_ID, "aud": "https://redis.azure.com", "tid": TENANT}
    issued = Token(
        username=OBJECT_ID,
        length=1700,
        principal=OBJECT_ID,
        source="WorkloadIdentityCredential",
        claims={"scope": "https://redis.azure.com/.default"} | claims | more.pop("claims", {}),
        obtained_at=NOW,
        expires_at="2026-01-03T03:04:05+00:00",
    )
    return replace(issued, **more)


TOKENS: Final[dict[str, Callable[..., Token]]] = {"aws": token, "gcp": gcp_token, "azure": azure_token}
"""By provider."""


def seen(target: Target, *nodes: Node, **more: Any) -> TargetEvidence:
    """Without a node that answered, nothing was seen of what lies beyond."""
    climbed = nodes or (node(),)
    answered = any(isinstance(each.server, Seen) for each in climbed)
    lost: Any = None if answered else climbed[0].server
    tried: Any = lost or more.get("rehearsal") or Seen(fact=rehearsal())
    behind: Any = None if isinstance(tried, Seen) else Unreached(stage=tried.stage, cause=tried.cause)
    healthy = TargetEvidence(
        target=target,
        files=Seen(fact=Files()),
        nodes=climbed,
        topology=lost or Seen(fact=topology()),
        rehearsal=tried,
        exchange=behind or Seen(fact=exchange()),
        latency=behind or Seen(fact=latency()),
        rehearsed_on=climbed[0].name,
    )
    return replace(healthy, **more)


def evidence(*targets: TargetEvidence, **more: Any) -> Evidence:
    return replace(Evidence(started_at="2026-01-02T03:04:05.678+00:00", seconds=1.25, targets=targets), **more)
