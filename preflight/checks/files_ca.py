"""The CA bundle can be read and holds certificates.

With TLS and a private CA, LangSmith's pods get a bundle through config.customCa, as SSL_CERT_FILE. It
replaces the system's roots for the whole process. A path that does not exist or a file that is not PEM shows
itself in the clients as a connection error without a reason.

To fix it, give a PEM file of CA certificates that the user of the process can read.
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Files
from preflight.model.finding import Verdict, not_applicable, passed
from preflight.model.target import Target


def judge(target: Target, files: Files) -> Verdict:
    if target.tls is None:
        return not_applicable("TLS is off")
    return passed(f"{files.roots} trusted roots from {target.tls.ca_file or 'the system'}")


CHECK = Check(
    stage=Stage.FILES,
    name="ca",
    title="The CA bundle can be used",
    reads=per_target(lambda each: each.files),
    judge=judge,
    gate=True,
    claims=frozenset(
        {
            Cause.CA_UNREADABLE,
        }
    ),
)
