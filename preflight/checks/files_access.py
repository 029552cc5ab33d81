"""The TLS files may be read by this user.

The CA bundle, the client certificate and its key are opened as the clients would open them.

Why: The chart mounts the client key readable by its group alone. A pod that does not run as root and has no `fsGroup`
cannot open it, and the clients report a connection error without a reason.

Fix: In the chart set commonPodSecurityContext.fsGroup: 1000; elsewhere give the user of the process the right to read
the file.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#pod-security-context-for-certificate-volumes
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Files
from preflight.model.finding import Verdict, not_applicable, passed
from preflight.model.target import Target


def judge(target: Target, _: Files) -> Verdict:
    files = target.tls and [
        each for each in (target.tls.ca_file, target.tls.client_cert, target.tls.client_key) if each
    ]
    return passed(", ".join(map(str, files))) if files else not_applicable("no TLS files are configured")


CHECK = Check(
    stage=Stage.FILES,
    name="access",
    title="The TLS files may be read",
    reads=per_target(lambda each: each.files),
    judge=judge,
    claims=frozenset({Cause.FILE_FORBIDDEN}),
)
