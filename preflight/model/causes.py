"""Each cause in a person's words: what is so, and what to do. One table, complete by test."""

from __future__ import annotations

from typing import Final

from preflight.model.evidence import Cause
from preflight.model.token_causes import TOKEN_WORDS
from preflight.model.words import Words

WORDS: Final[dict[Cause, Words]] = {
    Cause.URL_UNUSABLE: Words("the URL leaves nothing to dial", "Correct {address}."),
    Cause.NODES_UNUSABLE: Words("the node list leaves nothing to dial", "Correct {address}."),
    Cause.SECRET_UNUSABLE: Words(
        "a Secret does not give what the pods need",
        "Mend the Secret as config.secret says.",
    ),
    Cause.CA_UNREADABLE: Words(
        "the CA bundle cannot be used",
        "Give a readable file of PEM certificates: --ca-file, SSL_CERT_FILE, or config.customCa in the chart.",
    ),
    Cause.FILE_FORBIDDEN: Words(
        "a TLS file may not be read by this user",
        "Let the user of the process read it. In the chart the key is readable by its group alone: set "
        "commonPodSecurityContext.fsGroup: 1000, so that the pods belong to that group.",
    ),
    Cause.CLIENT_PAIR_SWAPPED: Words(
        "the client certificate and its key are swapped",
        "Exchange --client-cert and --client-key, or redis.external.clientCert.certSecretKey and keySecretKey.",
    ),
    Cause.CLIENT_PAIR_MISMATCHED: Words(
        "the client key belongs to another certificate",
        "Give the key that the certificate was issued for; after a renewal, renew both.",
    ),
    Cause.CLIENT_KEY_ENCRYPTED: Words(
        "the client key is encrypted with a passphrase, which LangSmith cannot enter",
        "Store it without: `openssl pkey -in encrypted.key -out tls.key`, readable by its owner and group alone.",
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
        "The server's log has more.",
    ),
    Cause.TLS_TOO_OLD: Words(
        "the server speaks no TLS version that the clients still accept",
        "Enable TLS 1.2 or 1.3 on the server (`tls-protocols`, or the provider's minimum version).",
    ),
    Cause.SELF_SIGNED: Words(
        "the server's certificate is self-signed: no CA vouches for it",
        "Have it issued by a CA, or give the certificate itself as the CA bundle: config.customCa.secretName and "
        "secretKey in the chart, --ca-file here.",
    ),
    Cause.CHAIN_INCOMPLETE: Words(
        "the server does not send the certificate of the CA that signed its own",
        "Append the intermediate certificates to the server's certificate file (`tls-cert-file`), its own first. "
        "Adding them to the CA bundle helps these clients alone.",
    ),
    Cause.CERTIFICATE_WEAK: Words(
        "a key or signature in the server's chain is too weak for OpenSSL",
        "Have the certificate reissued with RSA 2048 or EC P-256 or more, signed over SHA-256.",
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
        "the server's certificate has expired",
        "Renew it, and compare this machine's clock.",
    ),
    Cause.CERTIFICATE_NOT_YET_VALID: Words(
        "the server's certificate is not valid yet",
        "Compare this machine's clock with the server's; else have the certificate reissued from an earlier time on.",
    ),
    Cause.CLIENT_CERTIFICATE_REQUIRED: Words(
        "the server demands a client certificate",
        "Set redis.external.clientCert.secretName (with certSecretKey and keySecretKey) in the chart; here "
        "--client-cert and --client-key.",
    ),
    Cause.CLIENT_CERTIFICATE_UNTRUSTED: Words(
        "the server does not know the CA of the client certificate",
        "Have the client certificate issued by a CA that the server trusts, or add its CA to the server's "
        "(`tls-ca-cert-file`).",
    ),
    Cause.CLIENT_CERTIFICATE_EXPIRED: Words(
        "the server refuses the client certificate as expired",
        "Renew it, in the Secret of redis.external.clientCert; compare the server's clock.",
    ),
    Cause.CLIENT_CERTIFICATE_UNSUITED: Words(
        "the server refuses the client certificate: it is not meant for clients",
        "Have it reissued with the extended key usage clientAuth.",
    ),
    Cause.CLIENT_CERTIFICATE_REFUSED: Words(
        "the server refuses the client certificate",
        "The evidence has its alert; look at the server's log and at the CA that it trusts for clients.",
    ),
    Cause.SILENT: Words(
        "the port accepted the connection and then said nothing",
        "What listens there is not Redis, or the server is stalled (CLIENT PAUSE, a slow command or script): look at "
        "it. On a slow link raise --timeout.",
    ),
    Cause.CLOSED: Words(
        "the server closed the connection",
        "Its log has the reason (as a client limit). A proxy hangs up at a command that it does not know: connect to "
        "the server itself. What is not a Redis server hangs up at the first.",
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
    Cause.STALLED: Words(
        "the server fell silent in the middle of the work",
        "It took the login and then stopped answering: look for CLIENT PAUSE, a slow command or script "
        "(`SLOWLOG GET`), a failover that hangs, or a disk that blocks it.",
    ),
    Cause.SECOND_REFUSED: Words(
        "the server took one connection and refused a second one",
        "Raise `maxclients` on the server or choose a larger size: LangSmith opens hundreds, some of which only wait.",
    ),
    Cause.UNDELETABLE: Words(
        "what would be written could neither be deleted nor expire",
        "Grant the user DEL and EXPIRE.",
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
    Cause.DISAGREEMENT: Words(
        "the nodes do not agree on who serves which slots",
        "Let every node reach every other on its cluster bus port (10000 above its own), then run again.",
    ),
    Cause.DEADLINE: Words(
        "the run's deadline came first",
        "Raise --deadline, or look at why earlier stages were slow.",
    ),
    Cause.INTERRUPTED: Words("the run was interrupted", "Run again."),
    Cause.SKIPPED: Words("left out by --only or --skip", "Leave the option out to look at it."),
    Cause.NOT_ASKED: Words("not looked at: no network was used", "Run `preflight check`."),
    Cause.BUG: Words(
        "preflight itself failed here",
        "Please report it, with the output of the same command under -v.",
    ),
    **TOKEN_WORDS,
}
