"""A trusted CA vouches for the server's certificate.

The clients verify the chain that the server sends against the system's roots, or against the bundle of config.customCa
alone. A private CA must be given; intermediate certificates are the server's to send, and the clients fetch none.

Why: Every pod refuses a server that nobody vouches for, with `certificate verify failed`.

Fix: Give the CA in config.customCa.secretName and secretKey, with the public roots beside it, or let the server send
its whole chain, its own certificate first.
- Google Cloud: Memorystore's certificates are signed by a CA of the instance or of the region, which is in no public
  store: download it and give it in config.customCa.
- your own server: append the intermediates to `tls-cert-file`.

Read: https://docs.langchain.com/langsmith/self-host-custom-tls-certificates#mount-internal-cas-for-tls
"""

from __future__ import annotations

from itertools import pairwise

from preflight.model.check import Check, certificates, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Certificate, Shown
from preflight.model.finding import Details, Verdict, not_applicable, passed, warned
from preflight.model.remedies import told
from preflight.model.target import Target
from preflight.model.verification import cause_of

_CLAIMS = frozenset({Cause.UNTRUSTED, Cause.SELF_SIGNED, Cause.CHAIN_INCOMPLETE, Cause.CERTIFICATE_WEAK})


def judge(target: Target, shown: Shown | None) -> Verdict:
    if shown is None:
        return not_applicable("TLS is off")
    cause = cause_of(shown)
    if cause in _CLAIMS:
        return told(cause, target, _details(shown))
    if not shown.vouched:
        return told(Cause.UNTRUSTED, target, _details(shown))
    if not _is_in_order(shown.chain):
        return warned(
            "the server sends its chain in the wrong order; these clients sort it, others refuse it",
            "Put the server's own certificate first in its file, then each CA after the one that it signed.",
            details=_details(shown),
        )
    return passed(f"signed by {shown.own.issuer or 'a trusted CA'}")


def _is_in_order(chain: tuple[Certificate, ...]) -> bool:
    return all(lower.issuer == upper.subject for lower, upper in pairwise(chain))


def _details(shown: Shown) -> Details:
    sent = {
        f"certificate {place}": f"{each.subject}, signed by {each.issuer}" for place, each in enumerate(shown.chain, 1)
    }
    return {"evidence": shown.problem or "verified", "key": _strength(shown.own)} | sent


def _strength(certificate: Certificate) -> str:
    return f"{certificate.key}, {certificate.signature}".strip(", ")


CHECK = Check(
    stage=Stage.TLS,
    name="trusted",
    title="A trusted CA vouches for the server's certificate",
    reads=per_node(certificates),
    judge=judge,
    claims=_CLAIMS,
)
