"""Node URIs are `redis://host:port`, without password, without `rediss`, with known parameters only.

For a Redis Cluster LangSmith takes a JSON array of node URIs, from redis.external.cluster.nodeUris or a Secret. The
password has a place of its own, redis.external.cluster.password (Secret key redis_cluster_password), and so has TLS:
redis.external.cluster.tlsEnabled, which is on unless it is set to false.

Why: What stands in a node URI and belongs elsewhere is dropped or refused as the pods start: a password that is never
sent, a TLS setting that nobody reads.

Fix: Write each node as `redis://host:port` and say the rest where it belongs.
- Azure: for Azure Managed Redis with the OSS cluster policy, `redis://<host>:10000?ssl_check_hostname=false` (chart
  0.13.33 or newer). That is the one parameter that LangSmith knows.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#redis-cluster
"""

from __future__ import annotations

from typing import Any, Final

from preflight.model.check import Check, per_declaration
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Verdict, failed, passed, warned
from preflight.model.remedies import terms
from preflight.model.secret import MASK
from preflight.model.target import Declaration, MistakeKind, Mode, Target
from preflight.uri.patch import below

_FORM: Final = "Write each node as `redis://host:port` in {address}."

_WORDS: Final[dict[MistakeKind, tuple[str, str]]] = {
    MistakeKind.EMPTY: ("there is no node URI", _FORM),
    MistakeKind.TOO_LONG: ("it is longer than an environment variable can be ({})", _FORM),
    MistakeKind.NOT_JSON: (
        "the node list is not JSON ({})",
        'Write a JSON array of strings: `["redis://node-0:6379", "redis://node-1:6379"]`.',
    ),
    MistakeKind.NOT_A_LIST: (
        "the node list is JSON, but not an array ({})",
        'Write a JSON array of strings: `["redis://node-0:6379", "redis://node-1:6379"]`.',
    ),
    MistakeKind.NOT_TEXT: ("the node list holds something that is not a string", _FORM),
    MistakeKind.CONTROL_CHARACTER: ("white space around it, or a control character in it", _FORM),
    MistakeKind.PLACEHOLDER: ("a placeholder is left in it ({})", "Put your own value in its place."),
    MistakeKind.SCHEME_MISSING: ("it has no scheme", _FORM),
    MistakeKind.SCHEME_VALKEY: ("LangSmith's clients do not know {}://", _FORM),
    MistakeKind.SCHEME: ("the scheme must be redis://, in lower case ({})", _FORM),
    MistakeKind.SCHEME_TLS: (
        "the scheme is rediss://",
        "Write `redis://`; redis.external.cluster.tlsEnabled says whether TLS is on.",
    ),
    MistakeKind.HOST_MISSING: ("it names no host", _FORM),
    MistakeKind.HOST: ("the host is not a host name or address", _FORM),
    MistakeKind.SEVERAL_HOSTS: ("it names more than one host", "Write one URI for each node."),
    MistakeKind.PORT_TEXT: ("the port is not a number", _FORM),
    MistakeKind.PORT_RANGE: ("there is no such port", _FORM),
    MistakeKind.PORT_MISSING: ("it names no port; 6379 is taken", _FORM),
    MistakeKind.PASSWORD_IN_NODE: (
        "it holds a password",
        "Move it to redis.external.cluster.password, or to the Secret's redis_cluster_password.",
    ),
    MistakeKind.USERNAME_IN_NODE: ("it holds a user name", _FORM),
    MistakeKind.DATABASE_IN_CLUSTER: ("it names a database; a cluster has only database 0", _FORM),
    MistakeKind.PARAMETER: (
        "it has a parameter that LangSmith does not know ({})",
        "Only `ssl_check_hostname` is known there.",
    ),
    MistakeKind.PARAMETER_VALUE: (
        "the value of {} is neither true nor false",
        "Write `=false` or remove it.",
    ),
}


def judge(target: Target, declaration: Declaration) -> Verdict:
    if not declaration.mistakes:
        return passed(declaration.shown)
    said = [(mistake, *_WORDS[mistake.kind]) for mistake in declaration.mistakes]
    lines = [
        f"{mistake.where}: {_filled(summary, mistake.text)}" if mistake.where else _filled(summary, mistake.text)
        for mistake, summary, _ in said
    ]
    more = {str(number): line for number, line in enumerate(lines[1:10], 2)}
    remedy = " ".join(dict.fromkeys(remedy for _, _, remedy in said)).replace("{address}", terms(target)["address"])
    if all(mistake.kind is MistakeKind.PORT_MISSING for mistake in declaration.mistakes):
        return warned(lines[0], remedy, details=more)
    return failed(lines[0], remedy, patch=_patch(target), details=more)


def _filled(summary: str, text: str) -> str:
    return summary.format(text) if text else summary.replace(" ({})", "").replace("{}", "this")


def _patch(target: Target) -> dict[str, Any] | None:
    """The same nodes in the documented form, where they could be read; a password moves to its own place."""
    if not target.endpoints or not target.place.inline:
        return None
    nodes = [endpoint.uri for endpoint in target.endpoints]
    held = any(mistake.kind is MistakeKind.PASSWORD_IN_NODE for mistake in target.declaration.mistakes)
    moved = {"password": MASK} if held and not target.login else {}
    return below(target, cluster={"nodeUris": nodes} | moved)


CHECK = Check(
    stage=Stage.CONFIG,
    name="nodes",
    title="The node URIs are well formed",
    reads=per_declaration(Mode.CLUSTER),
    judge=judge,
    claims=frozenset({Cause.NODES_UNUSABLE}),
)
