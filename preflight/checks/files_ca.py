"""The CA bundle can be read and holds certificates.

With TLS and a private CA, LangSmith's pods get a bundle through config.customCa, as SSL_CERT_FILE. It replaces the
system's roots for the whole process. A bundle that holds the private CA alone is a trap of its own: the pods then trust
nothing public any more.

Why: A path that does not exist or a file that is not PEM shows itself in LangSmith's pods as a connection error without
a reason.

Fix: Give a PEM file of CA certificates that the user of the process can read, the public roots among them.

Read: https://docs.langchain.com/langsmith/self-host-custom-tls-certificates#mount-internal-cas-for-tls
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Files
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.requirements import CUSTOM_CA_PATH
from preflight.model.target import Pem, Target


def judge(target: Target, files: Files) -> Verdict:
    if target.tls is None:
        return not_applicable("TLS is off")
    bundle = target.tls.ca_file
    if files.public_roots == 0 and (isinstance(bundle, Pem) or bundle == CUSTOM_CA_PATH):
        return warned(
            f"{bundle} holds none of the public roots, and replaces them for the whole pod",
            "Append the public roots to the bundle (on Debian /etc/ssl/certs/ca-certificates.crt): without them the "
            "pods trust no public service, LangSmith's own and the model providers' included.",
        )
    return passed(f"{files.roots} trusted root{'' if files.roots == 1 else 's'} from {bundle or 'the system'}")


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
