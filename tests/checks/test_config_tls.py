"""TLS settings that contradict each other."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.checks.config_tls import judge, reads
from preflight.model.evidence import Cause, Seen, Stage, Unreached
from preflight.model.finding import Outcome
from preflight.model.installation import Feature, Flaw, Installation, Purpose
from preflight.model.secret import Secret
from preflight.model.target import Pem, Target, Tls
from tests.checks.facts import HELD, cluster, evidence, held, installation, key, seen, standalone

CERTIFIED = installation(client_certificate=True)
NAME_ALONE, KEY_ALONE = installation(lone_custom_ca="secretName"), installation(lone_custom_ca="secretKey")
BUNDLE = Pem(text=Secret("-----BEGIN CERTIFICATE-----"), origin="key ca.crt of Secret langsmith-ca")


def values(**said: Any) -> dict[str, Any]:
    return {"redis": {"external": said}}


@pytest.mark.parametrize(
    ("target", "where", "patch"),
    [
        (standalone("redis://h:1/2"), "redis.external.connectionUrl", values(connectionUrl="rediss://h:1/2")),
        (
            standalone("redis://app:tops3cret@h:1/2"),
            "redis.external.connectionUrl",
            values(connectionUrl="rediss://app:***@h:1/2"),
        ),
        (held(standalone("redis://h:1/2")), HELD, None),
        (cluster(tls=False), "redis.external.cluster.tlsEnabled: true", values(cluster={"tlsEnabled": True})),
        (held(cluster(tls=False)), "redis.external.cluster.tlsEnabled: true", values(cluster={"tlsEnabled": True})),
    ],
)
def test_a_client_certificate_without_tls(target: Target, where: str, patch: dict[str, Any] | None) -> None:
    """TLS is switched where this target says it, or the certificate goes."""
    verdict = judge(target, CERTIFIED)
    assert (verdict.outcome, verdict.patch) == (Outcome.FAIL, patch)
    assert "it is never presented" in verdict.summary
    assert where in (verdict.remedy or "")
    assert "redis.external.clientCert" in (verdict.remedy or "")
    assert (verdict.remedy or "")[0].isupper()


@pytest.mark.parametrize(
    ("target", "declared", "summary"),
    [
        (standalone("rediss://h"), CERTIFIED, "TLS is on, with the system's roots"),
        (cluster(), CERTIFIED, "TLS is on, with the system's roots"),
        (standalone(), installation(), "TLS is off"),
        (cluster(tls=False), installation(), "TLS is off"),
        (standalone("rediss://h", ca_file="/ca.pem"), Installation(), "TLS is on, with /ca.pem"),
        (
            replace(cluster(), tls=Tls(ca_file=BUNDLE)),
            installation(),
            "TLS is on, with key ca.crt of Secret langsmith-ca",
        ),
        (
            standalone("rediss://h", client_cert="/c.pem", client_key="/k.pem"),
            Installation(),
            "TLS is on, with the system's roots and a client certificate",
        ),
    ],
)
def test_what_agrees(target: Target, declared: Installation, summary: str) -> None:
    """A pass says what is used, and by the name of its Secret."""
    verdict = judge(target, declared)
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, summary)


@pytest.mark.parametrize("feature", [each for each in Feature if each is not Feature.LANGSMITH])
def test_the_client_certificate_is_langsmith_s_alone(feature: Feature) -> None:
    """Other features may go without TLS beside it."""
    assert judge(replace(standalone(), feature=feature), CERTIFIED).outcome is Outcome.PASS


@pytest.mark.parametrize("target", [standalone(), standalone("rediss://h"), cluster()])
def test_half_a_custom_ca(target: Target) -> None:
    """Helm stops at the one and drops the other; the half that is missing is named."""
    name, lone_key = judge(target, NAME_ALONE), judge(target, KEY_ALONE)
    assert (name.outcome, lone_key.outcome) == (Outcome.FAIL, Outcome.WARN)
    assert "the chart refuses to render" in name.summary
    assert (name.remedy or "").startswith("Set config.customCa.secretKey")
    assert "the chart ignores it" in lone_key.summary
    assert (lone_key.remedy or "").startswith("Set config.customCa.secretName")


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        (replace(standalone(""), keys=(key(Flaw.KEY_MISSING),)), Cause.SECRET_UNUSABLE),
        (standalone("redis://host:port"), Cause.URL_UNUSABLE),
        (replace(standalone(), keys=(key(Flaw.NOT_PEM, Purpose.CA),)), None),
        (replace(cluster("nonsense"), keys=(key(Flaw.EMPTY, Purpose.NODES),)), None),
        (cluster("nonsense"), None),
        (standalone(), None),
    ],
)
def test_what_is_not_known_is_not_judged(target: Target, cause: Cause | None) -> None:
    """A URL says by its scheme whether TLS is on; for a cluster that is a value of its own."""
    [reading] = reads(evidence(seen(target), installations=(CERTIFIED,)))
    unknown = None if cause is None else Unreached(stage=Stage.CONFIG, cause=cause)
    assert reading.observed == (unknown or Seen(fact=CERTIFIED))


def test_without_files_nothing_is_declared() -> None:
    """A URL from the command line belongs to no installation."""
    [reading] = reads(evidence(seen(standalone())))
    assert reading.observed == Seen(fact=Installation())
