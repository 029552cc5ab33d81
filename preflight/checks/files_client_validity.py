"""The client certificate is valid today, and meant for clients.

Its dates are compared with the clock, and its extended key usage, if it has one, must include clientAuth.

Why: A server that demands client certificates refuses one that has expired, that is not valid yet, or that is not meant
for clients, each with an alert that LangSmith's pods show as a broken connection.

Fix: Renew the certificate, with the extended key usage clientAuth.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#mutual-tls-with-client-auth-mtls
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import Files
from preflight.model.finding import Verdict, failed, not_applicable, passed, warned
from preflight.model.requirements import EXPIRY_DAYS
from preflight.model.target import Target
from preflight.model.validity import day, days_left, days_until


def judge(_: Target, files: Files) -> Verdict:
    own = files.client_certificate
    if own is None:
        return not_applicable("no client certificate is configured")
    left, until = days_left(own, files.at), days_until(own, files.at)
    details = {"subject": own.subject, "valid": f"{own.not_before} to {own.not_after}", "seen at": files.at}
    if until > 0:
        return failed(
            f"the client certificate is valid only from {day(own.not_before)} on",
            "Compare this machine's clock; else have it reissued from an earlier time on.",
            details=details,
        )
    if left < 0:
        return failed(f"the client certificate expired on {day(own.not_after)}", "Renew it.", details=details)
    if not own.for_clients:
        return failed(
            "the client certificate is not meant for clients: its extended key usage lacks clientAuth",
            "Have it reissued with the extended key usage clientAuth.",
            details=details,
        )
    if left < EXPIRY_DAYS:
        return warned(f"the client certificate expires in {left:.0f} days", "Renew it in time.", details=details)
    return passed(f"until {day(own.not_after)}")


CHECK = Check(
    stage=Stage.FILES,
    name="client-validity",
    title="The client certificate is valid for clients",
    reads=per_target(lambda each: each.files),
    judge=judge,
)
