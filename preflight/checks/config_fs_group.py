"""With a client certificate, every pod that mounts it can read it.

The chart reads commonPodSecurityContext and each component's `deployment.podSecurityContext`; LangSmith documents an
`fsGroup` of 1000. Keys one level higher, as `backend.podSecurityContext`, stand in an example of the chart and are read
by no template.

Why: The chart mounts the certificate's key readable by its group alone. A pod that does not run as root and has no
`fsGroup` cannot open it, and shows that as a broken connection.

Fix: Set commonPodSecurityContext.fsGroup: 1000.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#pod-security-context-for-certificate-volumes
"""

from __future__ import annotations

from typing import Final

from preflight.model.check import Check, per_installation
from preflight.model.evidence import Stage
from preflight.model.finding import Verdict, failed, not_applicable, passed, warned
from preflight.model.installation import Feature, Installation
from preflight.model.target import Target
from preflight.uri.patch import at

_DOCUMENTED: Final = 1000


def judge(target: Target, installation: Installation) -> Verdict:
    if not installation.components:
        return not_applicable("no values or manifests were given")
    if target.feature is not Feature.LANGSMITH:
        return not_applicable("the agents are given no client certificate")
    unread = {each.path: f"read is {each.meant}" for each in installation.unread if _is_security(each.path)}
    mounting = [each for each in installation.components if each.mounts_client_certificate]
    lacking = [each.name for each in mounting if each.fs_group is None]
    if lacking:
        return failed(
            f"{len(lacking)} of {len(mounting)} components mount the client certificate without fsGroup",
            f"Set commonPodSecurityContext.fsGroup: {_DOCUMENTED}.",
            patch=at("commonPodSecurityContext.fsGroup", _DOCUMENTED),
            details={"without it": ", ".join(lacking)} | unread,
        )
    if unread:
        return warned(
            "the chart does not read " + ", ".join(unread),
            "Move it to the key that the chart reads, or remove it.",
            details=unread,
        )
    return passed("every pod that mounts it has fsGroup") if mounting else not_applicable("no client certificate")


def _is_security(path: str) -> bool:
    return path.endswith((".podSecurityContext", ".fsGroup"))


CHECK = Check(
    stage=Stage.CONFIG,
    name="fs-group",
    title="Every pod can read the client certificate",
    reads=per_installation,
    judge=judge,
)
