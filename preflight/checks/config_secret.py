"""Every Secret that the pods read exists, has the keys that the chart refers to, and holds what they are for.

With redis.external.existingSecretName, a client certificate or a custom CA, the chart only refers to Secrets. The
password of a cluster is called optional in the documentation and is not: the chart refers to its key without
`optional`, so the key must be there, empty if there is no password.

Why: A missing key keeps every pod in CreateContainerConfigError. A stray newline or a second base64 is handed to the
clients as it is, and the server refuses the login.

Fix: Write the Secret with `stringData`, or with `kubectl create secret generic NAME --from-literal=KEY=VALUE`, which
encode once and add no newline. Give it to preflight with --secret FILE, or let it be fetched with --kube.

Read: https://kubernetes.io/docs/concepts/configuration/secret/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from preflight.model.check import Check, Reading
from preflight.model.evidence import Cause, Evidence, Seen, Stage
from preflight.model.finding import Patch, Verdict, failed, not_applicable, passed
from preflight.model.installation import Feature, Flaw, Purpose, SecretKey
from preflight.model.target import Target
from preflight.uri.patch import at


class _Words(NamedTuple):
    """`{key}`, `{secret}`, `{purpose}` and `{namespace}` may stand in both."""

    summary: str
    remedy: str


_ONCE: Final = "Write the value once, under `stringData`, or with `kubectl create secret generic --from-literal`."

_WORDS: Final[dict[Flaw, _Words]] = {
    Flaw.NOT_GIVEN: _Words(
        "Secret {secret} was not given, so nothing can be told of what it holds",
        "Give it: `kubectl get secret {secret} -o yaml > secret.yaml` and --secret secret.yaml, or let preflight fetch "
        "it with --kube.",
    ),
    Flaw.UNDELIVERED: _Words(
        "key {key} of Secret {secret} did not come into the pod: in namespace {namespace} there is no such Secret, or "
        "it has no such key, and LangSmith's pods will stay in CreateContainerConfigError",
        "Create the Secret there with this key ({purpose}), or correct the names in the values.",
    ),
    Flaw.SECRET_MISSING: _Words(
        "there is no Secret {secret} in namespace {namespace}: no pod that needs it will start",
        "Create it there, or correct the name in the values (--namespace, if it is another namespace).",
    ),
    Flaw.FORBIDDEN: _Words(
        "the cluster does not let you read Secret {secret} in namespace {namespace}",
        'Have a Role there with the rule `apiGroups: [""], resources: ["secrets"], resourceNames: ["{secret}"], '
        'verbs: ["get"]` bound to you, or give the Secret with --secret.',
    ),
    Flaw.KEY_MISSING: _Words(
        "Secret {secret} has no key {key}: the pods stay in CreateContainerConfigError",
        "Add the key ({purpose}) to the Secret, or name in the values the key that holds it.",
    ),
    Flaw.IMMUTABLE_EMPTY: _Words(
        "key {key} of Secret {secret} is empty, and the Secret is immutable",
        "Delete the Secret and create it anew with its values: an immutable one cannot be filled.",
    ),
    Flaw.EMPTY: _Words("key {key} of Secret {secret} is empty", "Put {purpose} there."),
    Flaw.NOT_BASE64: _Words("key {key} of Secret {secret} is not base64, as `data` must be", _ONCE),
    Flaw.NOT_TEXT: _Words("key {key} of Secret {secret} holds no text", f"Put {{purpose}} there, as UTF-8. {_ONCE}"),
    Flaw.TWICE_BASE64: _Words(
        "key {key} of Secret {secret} is base64 twice: the pods get base64 text, not {purpose}", _ONCE
    ),
    Flaw.BYTE_ORDER_MARK: _Words(
        "key {key} of Secret {secret} begins with a byte order mark",
        "Save the file as UTF-8 without BOM and create the Secret anew.",
    ),
    Flaw.NEWLINE: _Words(
        "key {key} of Secret {secret} ends with a newline, which the clients take as part of it",
        "Create the value without one: `printf %s`, not `echo`; in YAML `|-`, not `|`.",
    ),
    Flaw.WHITE_SPACE: _Words("key {key} of Secret {secret} has white space around its value", "Remove it."),
    Flaw.LIST_FOR_URL: _Words(
        "key {key} of Secret {secret} holds a JSON array, and a URL is read there",
        "Put one URL there, or switch to cluster mode (redis.external.cluster.enabled: true), which reads a list.",
    ),
    Flaw.URL_FOR_LIST: _Words(
        "key {key} of Secret {secret} holds a URL, and a JSON array of node URIs is read there",
        'Write an array, `["redis://node-0:6379"]`, or switch cluster mode off.',
    ),
    Flaw.NOT_PEM: _Words(
        "key {key} of Secret {secret} holds no PEM: {purpose} is mounted from there", "Put the PEM file there."
    ),
    Flaw.SWAPPED: _Words(
        "key {key} of Secret {secret} holds the other half of the pair, not {purpose}",
        "Exchange redis.external.clientCert.certSecretKey and keySecretKey, or the two values in the Secret.",
    ),
    Flaw.OUTDATED: _Words(
        "Secret {secret} is in the cluster without key {key}, and the Jobs of `helm upgrade` look there first",
        "The upgrade's hooks run before Helm changes the Secret. Put the settings into a Secret of your own and name "
        "it in redis.external.existingSecretName, or add the key before the upgrade.",
    ),
}

_TO_ADD: Final = (
    "Add the key, with an empty value if the cluster has no password: the chart does not treat it as optional (unless "
    "config.disableSecretCreation is true)."
)

# The value that names the key of a Secret, by what the key is for.
_NAMED_BY: Final = {
    Purpose.URL: "redis.external.connectionUrlSecretKey",
    Purpose.NODES: "redis.external.cluster.nodeUrisSecretKey",
    Purpose.CA: "config.customCa.secretKey",
    Purpose.CERTIFICATE: "redis.external.clientCert.certSecretKey",
    Purpose.KEY: "redis.external.clientCert.keySecretKey",
}


def reads(evidence: Evidence) -> Iterable[Reading[SecretKey | None]]:
    for each in evidence.targets:
        for key in each.target.keys or (None,):
            yield Reading(target=each.target, subject=_subject(key), observed=Seen(fact=key))


def judge(target: Target, key: SecretKey | None) -> Verdict:
    if key is None:
        return not_applicable("no Secret is read that the chart does not make itself")
    if key.flaw is None:
        absent = key.shape == "absent"
        return passed("is optional and absent" if absent else f"holds {key.shape}, {key.length} characters")
    summary, remedy = _WORDS[key.flaw]
    if key.flaw is Flaw.KEY_MISSING and key.purpose is Purpose.PASSWORD:
        remedy = _TO_ADD
    namespace = key.namespace or "of the release"
    words = {"key": key.key, "secret": key.secret, "purpose": key.purpose, "namespace": namespace}
    return failed(
        summary.format_map(words), remedy.format_map(words), patch=_patch(target, key), details=_details(key)
    )  # fmt: skip


def _subject(key: SecretKey | None) -> str:
    return f"{key.secret}/{key.key}" if key else ""


def _details(key: SecretKey) -> dict[str, str]:
    value = f"{key.shape}, {key.length} characters" if key.shape and key.shape != "absent" else ""
    details = {"value": value, "keys there": ", ".join(key.others)}
    return {name: text for name, text in details.items() if text}


def _patch(target: Target, key: SecretKey) -> Patch:
    """The key that holds what is wanted, where exactly one does."""
    path = _NAMED_BY.get(key.purpose)
    if not key.candidate or path is None or target.feature is not Feature.LANGSMITH:
        return None
    return at(path, key.candidate)


CHECK = Check(
    stage=Stage.CONFIG,
    name="secret",
    title="The Secrets hold what the pods read",
    reads=reads,
    judge=judge,
    claims=frozenset({Cause.SECRET_UNUSABLE}),
)
