"""The server's certificates are valid now, and for a while yet.

Every certificate that the server sends counts: an expired intermediate breaks the chain like an expired certificate of
its own. Below 30 days a renewal that has not happened yet is worth a warning.

Why: The moment that a certificate expires, no pod of LangSmith connects any more; those that are connected last until
their next connection.

Fix: Renew the certificate; if it is not valid yet, compare the clocks.
- Google Cloud: the certificates are Google's to renew. The instance's CA lives for ten years: give its successor in
  config.customCa before that.
- your own server: renew `tls-cert-file`, and whatever stands in it above the server's own certificate.

Read: https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/
"""

from __future__ import annotations

from preflight.model.check import Check, certificates, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Certificate, Shown
from preflight.model.finding import Details, Verdict, not_applicable, passed, warned
from preflight.model.remedies import told
from preflight.model.requirements import EXPIRY_DAYS
from preflight.model.target import Target
from preflight.model.validity import day, days_left, days_until
from preflight.model.verification import cause_of

_CLAIMS = frozenset({Cause.CERTIFICATE_EXPIRED, Cause.CERTIFICATE_NOT_YET_VALID})


def judge(target: Target, shown: Shown | None) -> Verdict:
    if shown is None:
        return not_applicable("TLS is off")
    for each in shown.chain:
        if days_until(each, shown.at) > 0:
            return told(Cause.CERTIFICATE_NOT_YET_VALID, target, _details(each, shown))
        if days_left(each, shown.at) < 0:
            return told(Cause.CERTIFICATE_EXPIRED, target, _details(each, shown))
    cause = cause_of(shown)
    if cause in _CLAIMS:
        # A CA that the server does not send, out of the bundle.
        return told(cause, target, {"evidence": shown.problem, "seen at": shown.at})
    first = min(shown.chain, key=lambda each: days_left(each, shown.at))
    left = days_left(first, shown.at)
    if left < EXPIRY_DAYS:
        return warned(f"a certificate of the server expires in {left:.0f} days", "Renew it in time.",
                      details=_details(first, shown))  # fmt: skip
    return passed(f"until {day(first.not_after)}")


def _details(certificate: Certificate, shown: Shown) -> Details:
    return {
        "subject": certificate.subject,
        "valid": f"{certificate.not_before} to {certificate.not_after}",
        "seen at": shown.at,
    }


CHECK = Check(
    stage=Stage.TLS,
    name="expiry",
    title="The server's certificates are valid now",
    reads=per_node(certificates),
    judge=judge,
    claims=_CLAIMS,
)
