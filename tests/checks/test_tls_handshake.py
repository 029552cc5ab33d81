"""TLS that is off, and TLS that works."""

from __future__ import annotations

import pytest

from preflight.checks.tls_handshake import CHECK, judge
from preflight.engine import assess
from preflight.model.check import certificates
from preflight.model.evidence import Cause, Failed, Node, Observed, Seen, Stage, Unreached
from preflight.model.facts import Channel, Shown
from preflight.model.finding import Outcome
from preflight.run import catalogue
from tests.checks.facts import broken_node, encrypted, evidence, node, refused, seen, shown, standalone, unclimbed_node


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


FOREIGN = shown(code=20)
BROKEN = Failed(stage=Stage.TLS, cause=Cause.TLS_CLOSED)
BELOW = Unreached(stage=Stage.TCP, cause=Cause.REFUSED)


@pytest.mark.parametrize(
    ("climbed", "observed"),
    [
        (node(), Seen(fact=None)),
        (encrypted(chain=FOREIGN), Seen(fact=FOREIGN)),
        (refused(FOREIGN, Cause.UNTRUSTED), Seen(fact=FOREIGN)),
        (broken_node(Stage.TLS, Cause.TLS_CLOSED), BROKEN),
        (broken_node(Stage.TCP, Cause.REFUSED), BELOW),
        (unclimbed_node(Stage.TCP, Cause.REFUSED), BELOW),
        (broken_node(Stage.AUTH, Cause.PASSWORD_WRONG), Seen(fact=None)),
        (encrypted(chain=FOREIGN, shown=BELOW), Seen(fact=None)),
    ],
)
def test_what_the_server_showed(climbed: Node, observed: Observed[Shown | None]) -> None:
    """Also where the handshake failed; plaintext, which shows nothing, is no failure."""
    assert certificates(climbed) == observed


@pytest.mark.parametrize(
    ("cause", "owner"),
    [
        (Cause.TLS_SILENT, "tls.handshake"),
        (Cause.TLS_PLAINTEXT, "tls.handshake"),
        (Cause.TLS_CLOSED, "tls.handshake"),
        (Cause.TLS_REFUSED, "tls.handshake"),
        (Cause.CLOSED, "tls.handshake"),
        (Cause.TLS_TOO_OLD, "tls.protocol"),
        (Cause.UNTRUSTED, "tls.trusted"),
        (Cause.SELF_SIGNED, "tls.trusted"),
        (Cause.CHAIN_INCOMPLETE, "tls.trusted"),
        (Cause.CERTIFICATE_WEAK, "tls.trusted"),
        (Cause.HOSTNAME_MISMATCH, "tls.hostname"),
        (Cause.CERTIFICATE_EXPIRED, "tls.expiry"),
        (Cause.CERTIFICATE_NOT_YET_VALID, "tls.expiry"),
        (Cause.CLIENT_CERTIFICATE_REQUIRED, "tls.client-certificate"),
        (Cause.CLIENT_CERTIFICATE_UNTRUSTED, "tls.client-certificate"),
        (Cause.CLIENT_CERTIFICATE_EXPIRED, "tls.client-certificate"),
        (Cause.CLIENT_CERTIFICATE_UNSUITED, "tls.client-certificate"),
        (Cause.CLIENT_CERTIFICATE_REFUSED, "tls.client-certificate"),
    ],
)
def test_each_cause_is_told_once(cause: Cause, owner: str) -> None:
    """By the check that it belongs to; whatever lies above is blocked by that one."""
    facts = seen(standalone("rediss://h:6379/0"), broken_node(Stage.TLS, cause, message="its words"))
    found = {each.id: each for each in assess(evidence(facts), catalogue())}
    assert [name for name, each in found.items() if each.outcome is Outcome.FAIL] == [owner]
    assert found[owner].verdict.details == {"evidence": "its words"}
    assert {each.blocked_by for each in found.values() if each.outcome is Outcome.BLOCKED} == {owner}
    assert {found[name].outcome for name in ("auth.accepted", "server.ready")} == {Outcome.BLOCKED}
