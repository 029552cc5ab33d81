"""TLS that is off, and TLS that works."""

from __future__ import annotations

from preflight.checks.tls_handshake import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Channel
from preflight.model.finding import Outcome
from preflight.run import catalogue
from tests.checks.facts import broken_node, evidence, seen, standalone


def test_plaintext_is_no_pass() -> None:
    """TLS that is off does not apply; it is not confirmed."""
    assert judge(standalone(), Channel()).outcome is Outcome.NOT_APPLICABLE


def test_protocol_and_cipher_are_named() -> None:
    """The fact of a pass is what was agreed on."""
    verdict = judge(standalone(), Channel(protocol="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384"))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, "TLSv1.3, TLS_AES_256_GCM_SHA384")


def test_plaintext_port_says_what_to_write() -> None:
    """The remedy names the Helm value of the target's mode."""
    facts = seen(standalone("rediss://h:6379/0"), broken_node(Stage.TLS, Cause.TLS_PLAINTEXT))
    [found] = [each for each in assess(evidence(facts), catalogue()) if each.id == CHECK.id]
    assert found.outcome is Outcome.FAIL
    assert "write `redis://` in redis.external.connectionUrl" in (found.verdict.remedy or "")
