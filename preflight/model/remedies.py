"""Each cause in a person's words: what is so, and what to do. One table, complete by test."""

from __future__ import annotations

from typing import Final, NamedTuple

from preflight.model.evidence import Cause
from preflight.model.installation import Feature
from preflight.model.target import Mode, Target


class Words(NamedTuple):
    """`remedy` may name a Helm value as `{address}`, `{password}`, `{username}`, `{tls_on}` or `{tls_off}`."""

    summary: str
    remedy: str


WORDS: Final[dict[Cause, Words]] = {
    Cause.URL_UNUSABLE: Words("the URL leaves nothing to dial", "Correct {address}."),
    Cause.NODES_UNUSABLE: Words("the node list leaves nothing to dial", "Correct {address}."),
    Cause.SECRET_UNUSABLE: Words(
        "a Secret does not give what the pods need",
        "Mend the Secret as config.secret says.",
    ),
    Cause.TOKEN_UNFETCHED: Words(
        "this version of preflight fetches no workload-identity tokens",
        "Nothing can be told yet of what lies behind the login; everything before it was checked.",
    ),
    Cause.CA_UNREADABLE: Words(
        "the CA bundle cannot be used",
        "Give a readable file of PEM certificates: --ca-file, SSL_CERT_FILE, or config.customCa in the chart.",
    ),
    Cause.CLIENT_PAIR_UNREADABLE: Words(
        "the client certificate and key cannot be used",
        "Give a PEM certificate and its unencrypted PEM key, both readable by this user: --client-cert and "
        "--client-key, or redis.external.clientCert in the chart.",
    ),
    Cause.NAME_UNKNOWN: Words(
        "the host name does not exist here",
        "Correct the host in {address}. If the name is private, run where the pods will run: it must resolve "
        "in their network (a private DNS zone linked to it, or the Service's full name).",
    ),
    Cause.RESOLVER_FAILED: Words(
        "the resolver could not answer",
        "Look at this machine's DNS (/etc/resolv.conf, CoreDNS, an egress policy on port 53), then run again.",
    ),
    Cause.RESOLVER_SILENT: Words(
        "the resolver did not answer in time",
        "Look at this machine's DNS (/etc/resolv.conf, CoreDNS, an egress policy on port 53), then run again.",
    ),
    Cause.REFUSED: Words(
        "nothing listens there: the connection was refused",
        "Correct the port in {address}, or start the server; if it is up, let it listen on this address "
        "(`bind`) and not on the loopback alone.",
    ),
    Cause.UNREACHABLE: Words(
        "there is no route to the address",
        "Connect the networks: peering, private endpoint or routes between the pods' subnet and the server's.",
    ),
    Cause.CONNECT_TIMEOUT: Words(
        "the connection attempt was never answered",
        "Something drops the packets: allow this port from the pods' subnet in the security group, firewall "
        "and NetworkPolicy, and check that the address is reachable from this network at all.",
    ),
    Cause.TLS_SILENT: Words(
        "the port gave no answer over TLS",
        "It does not answer in plaintext either: look at the server, or at the proxy or load balancer before it.",
    ),
    Cause.TLS_PLAINTEXT: Words(
        "the port speaks plaintext, and TLS is configured", "Use the server's TLS port, or {tls_off}."
    ),
    Cause.TLS_SPOKEN: Words("the port speaks TLS, and plaintext is configured", "Let LangSmith speak TLS: {tls_on}."),
    Cause.TLS_CLOSED: Words(
        "the connection was closed in the TLS handshake",
        "It does not answer in plaintext either: look at the server's log for the reason.",
    ),
    Cause.TLS_REFUSED: Words(
        "the TLS handshake failed",
        "The two sides share no protocol version or cipher, or one sent an alert: the evidence says which. "
        "LangSmith's clients need TLS 1.2 or newer. «handshake failure» is also how TLS 1.2 asks for a client "
        "certificate (redis.external.clientCert).",
    ),
    Cause.UNTRUSTED: Words(
        "the server's certificate is not signed by a trusted CA",
        "Give the CA that signed it: config.customCa.secretName and secretKey in the chart, --ca-file here. The "
        "bundle must keep the public roots: it replaces the system's.",
    ),
    Cause.HOSTNAME_MISMATCH: Words(
        "the server's certificate is for another name",
        "Use a host name that the certificate lists in {address}, or have the certificate reissued with this one.",
    ),
    Cause.CERTIFICATE_EXPIRED: Words(
        "the server's certificate is outside its validity period",
        "Renew the server's certificate, and compare this machine's clock.",
    ),
    Cause.CLIENT_CERTIFICATE_REQUIRED: Words(
        "the server demands a client certificate",
        "Set redis.external.clientCert.secretName (with certSecretKey and keySecretKey) in the chart; here "
        "--client-cert and --client-key.",
    ),
    Cause.SILENT: Words(
        "the port accepted the connection and then said nothing",
        "What listens there is not Redis, or the server is stalled: look at it.",
    ),
    Cause.CLOSED: Words(
        "the server closed the connection",
        "What listens there is no Redis, or its log has the reason (a client limit, a proxy that refuses the command).",
    ),
    Cause.NOT_REDIS: Words(
        "what listens there does not speak the Redis protocol",
        "Correct host and port in {address}.",
    ),
    Cause.PASSWORD_REQUIRED: Words(
        "the server demands a password and none is configured",
        "Set the password in {password}.",
    ),
    Cause.PASSWORD_WRONG: Words(
        "the server refused this password",
        "Correct the password in {password}. Mind percent-encoding, a stray newline in a Secret, and a rotated key.",
    ),
    Cause.PASSWORD_UNEXPECTED: Words(
        "a password is configured and the server has none set",
        "Remove the password from {password}, or set one on the server (`requirepass`, or the provider's access key).",
    ),
    Cause.USER_UNKNOWN: Words(
        "the server knows no such ACL user",
        "Create the user on the server (`ACL SETUSER`), or correct its name in {username}; leave the name out if the "
        "server has a password and no users.",
    ),
    Cause.USER_DISABLED: Words(
        "the ACL user is disabled",
        "Enable it on the server: `ACL SETUSER <user> on`.",
    ),
    Cause.USER_REFUSED: Words(
        "the server refused this user name with this password",
        "The server does not tell which of the three it is: the user does not exist, it is disabled, or the "
        "password is wrong. Look with `ACL GETUSER`, then correct the name in {username} or the password in "
        "{password}.",
    ),
    Cause.USERS_UNSUPPORTED: Words(
        "this server is older than ACL users (Redis 6) and a user name is configured",
        "Remove the user name from {username}. redis-py would ignore it in silence; the Go client fails.",
    ),
    Cause.PROTECTED_MODE: Words(
        "the server is in protected mode and refuses clients from other machines",
        "Set a password on the server (`requirepass`) and configure it in {password}.",
    ),
    Cause.TOO_MANY_CLIENTS: Words(
        "the server has no room for another client",
        "Raise `maxclients` on the server or choose a larger size; each queue and listener pod opens up to 250.",
    ),
    Cause.LOADING: Words(
        "the server is still loading its data",
        "Wait until it is done (`INFO persistence`, field `loading`), then run again.",
    ),
    Cause.SERVER_ERROR: Words(
        "the server answered with an error",
        "The evidence has its words; look at the server's log.",
    ),
    Cause.NO_SUCH_DATABASE: Words(
        "the configured database cannot be selected",
        "Use database 0 in {address}: clusters and many managed services have no other.",
    ),
    Cause.UNDIALLABLE: Words(
        "the cluster advertises a node without a usable address",
        "Set `cluster-announce-ip` or `cluster-announce-hostname`, and the announced ports, on that node.",
    ),
    Cause.DEADLINE: Words(
        "the run's deadline came first",
        "Raise --deadline, or look at why earlier stages were slow.",
    ),
    Cause.INTERRUPTED: Words("the run was interrupted", "Run again."),
    Cause.NOT_ASKED: Words("not looked at: no network was used", "Run `preflight check`."),
    Cause.BUG: Words(
        "preflight itself failed here",
        "Please report it, with the output of the same command under -v.",
    ),
}

HELM: Final[dict[Mode, dict[str, str]]] = {
    Mode.STANDALONE: {
        "address": "redis.external.connectionUrl",
        "password": "redis.external.connectionUrl",
        "username": "redis.external.connectionUrl",
        "tls_on": "write `rediss://` in redis.external.connectionUrl",
        "tls_off": "write `redis://` in redis.external.connectionUrl",
    },
    Mode.CLUSTER: {
        "address": "redis.external.cluster.nodeUris",
        "password": "redis.external.cluster.password",
        "username": "the node URIs, which take none",
        "tls_on": "set redis.external.cluster.tlsEnabled: true",
        "tls_off": "set redis.external.cluster.tlsEnabled: false",
    },
}


def terms(target: Target) -> dict[str, str]:
    """Where this target's settings are said, by the names that a remedy uses: a Helm value, or a Secret's key."""
    root = target.feature.root
    usual = {name: text.replace("redis.external", root) for name, text in HELM[target.mode].items()}
    if target.feature is Feature.JUICEFS:
        usual = {name: text.replace("connectionUrl", "metaURL") for name, text in usual.items()}
    said = target.place.address
    if not said:
        return usual
    told = {name: text.replace(usual["address"], said) for name, text in usual.items()}
    if target.place.switch:
        told |= {"tls_on": f"set {target.place.switch}=true", "tls_off": f"set {target.place.switch}=false"}
    return told | {"password": target.place.password or told["password"]}


def words(cause: Cause, target: Target) -> Words:
    """The words for one cause, with the places where this target's settings are said."""
    summary, remedy = WORDS[cause]
    return Words(summary, remedy.format_map(terms(target)))


def sentence(text: str) -> str:
    """A term that says what to do, as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}."
