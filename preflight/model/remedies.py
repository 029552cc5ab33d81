"""The words for a cause, with the places where a target's settings are said."""

from __future__ import annotations

from typing import Final

from preflight.model.causes import WORDS
from preflight.model.clouds import ANY, CLOUDS
from preflight.model.evidence import Cause
from preflight.model.finding import Details, Outcome, Verdict
from preflight.model.installation import Feature
from preflight.model.target import Mode, Target
from preflight.model.transient import TRANSIENT
from preflight.model.words import Words

HELM: Final[dict[Mode, dict[str, str]]] = {
    Mode.STANDALONE: {
        "address": "redis.external.connectionUrl",
        "password": "redis.external.connectionUrl",
        "username": "redis.external.connectionUrl",
        "tls_on": "write `rediss://` in redis.external.connectionUrl",
        "tls_off": "write `redis://` in redis.external.connectionUrl",
    },
    Mode.CLUSTER: {
        "address": "redis.external.cluster.nodeUris",
        "password": "redis.external.cluster.password",
        "username": "the node list (--username here: the node URIs take none)",
        "tls_on": "set redis.external.cluster.tlsEnabled: true",
        "tls_off": "set redis.external.cluster.tlsEnabled: false",
    },
}


def terms(target: Target) -> dict[str, str]:
    """Where this target's settings are said, by the names that a remedy uses: a Helm value, or a Secret's key."""
    root = target.feature.root
    usual = {name: text.replace("redis.external", root) for name, text in HELM[target.mode].items()}
    if target.feature is Feature.JUICEFS:
        usual = {name: text.replace("connectionUrl", "metaURL") for name, text in usual.items()}
    usual |= CLOUDS.get(target.iam.strip().lower(), ANY)
    said = target.place.address
    if not said:
        return usual
    told = {name: text.replace(usual["address"], said) for name, text in usual.items()}
    if target.place.switch:
        told |= {"tls_on": f"set {target.place.switch}=true", "tls_off": f"set {target.place.switch}=false"}
    return told | {"password": target.place.password or told["password"]}


_ANNOUNCED: Final = {"address": "what the node announces (cluster-announce-ip, -hostname and -port)"}


def words(cause: Cause, target: Target, *, announced: bool = False) -> Words:
    """The words for one cause, with the places where this target's settings are said.

    The address of a node that is `announced` by the cluster is not said by any setting of LangSmith.
    """
    summary, remedy = WORDS[cause]
    return Words(summary, remedy.format_map(terms(target) | (_ANNOUNCED if announced else {})))


def sentence(text: str) -> str:
    """A term that says what to do, as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}."


def told(cause: Cause, target: Target, details: Details) -> Verdict:
    """A failure in the words of its cause, for a check that judges facts."""
    summary, remedy = words(cause, target)
    return Verdict(
        outcome=Outcome.FAIL, summary=summary, remedy=remedy, cause=cause, details=details, transient=cause in TRANSIENT
    )
