"""Values that no template reads."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.chart.unread import unread as unread_in
from preflight.checks.config_values import judge, of_target
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Feature, Installation, UnreadValue
from tests.checks.facts import installation, standalone, unread

TLS = unread("redis.external.tlsEnabled", "redis.external.cluster.tlsEnabled", "true")
SAFE = unread("redis.external.cluster.clusterSafeMode", "redis.external.clusterSafeMode", "false")
URL = unread("redis.external.connectionURL", "redis.external.connectionUrl")
UNKNOWN = unread("redis.external.sentinel")
CA = unread("config.customCa.secret", "config.customCa.secretName")
IAM = unread("redis.external.iamProvider", "redis.external.iamAuthProvider", "aws")
CASE = unread("redis.external.IamAuthProvider", "redis.external.iamAuthProvider", "aws")
POLLY = unread("polly.redis.external.connectionURL", "polly.redis.external.connectionUrl")
SECURITY = unread("backend.podSecurityContext", "backend.deployment.podSecurityContext")
ALL = (TLS, SAFE, URL, UNKNOWN, CA, IAM, CASE, POLLY, SECURITY)


def verdict_on(*values: UnreadValue, feature: Feature = Feature.LANGSMITH) -> Verdict:
    return judge(replace(standalone(), feature=feature), installation(unread=values))


@pytest.mark.parametrize(
    ("feature", "own"),
    [
        (Feature.LANGSMITH, [TLS, SAFE, URL, UNKNOWN, CA]),
        (Feature.POLLY, [POLLY]),
        (Feature.FLEET, []),
        (Feature.INSIGHTS, []),
        (Feature.JUICEFS, []),
    ],
)
def test_each_target_has_its_own(feature: Feature, own: list[UnreadValue]) -> None:
    """One finding for each value: workload identity and security contexts have checks of their own."""
    assert list(of_target(replace(standalone(), feature=feature), ALL)) == own


@pytest.mark.parametrize(
    ("values", "patch"),
    [
        ((TLS,), {"redis": {"external": {"cluster": {"tlsEnabled": True}, "tlsEnabled": None}}}),
        ((SAFE,), {"redis": {"external": {"clusterSafeMode": False, "cluster": {"clusterSafeMode": None}}}}),
        (
            (TLS, SAFE),
            {
                "redis": {
                    "external": {
                        "cluster": {"tlsEnabled": True, "clusterSafeMode": None},
                        "tlsEnabled": None,
                        "clusterSafeMode": False,
                    }
                }
            },
        ),
        ((URL,), None),
        ((TLS, URL), None),
        ((UNKNOWN,), None),
        ((unread("redis.external.iamAuth", "", "aws"),), None),
    ],
)
def test_a_patch_moves_all_of_them(values: tuple[UnreadValue, ...], patch: dict[str, Any] | None) -> None:
    """Each to where it is read, its old key removed; none where a value is not known or nowhere to go."""
    verdict = verdict_on(*values)
    assert (verdict.outcome, verdict.patch) == (Outcome.WARN, patch)
    assert verdict.summary == f"the chart does not read {', '.join(each.path for each in values)}"
    assert verdict.details == {each.path: f"meant may be {each.meant}" for each in values if each.meant}


def test_every_key_is_read() -> None:
    """What stands elsewhere is no fault of this target."""
    assert verdict_on().outcome is Outcome.PASS
    assert verdict_on(URL, CA, feature=Feature.FLEET).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("feature", "declared"),
    [
        (Feature.LANGSMITH, Installation(unread=(TLS,))),
        (Feature.JUICEFS, installation(unread=(unread("sandboxes.juicefs.redis.metaUrl"),))),
    ],
)
def test_nothing_is_known_of_other_values(feature: Feature, declared: Installation) -> None:
    """Manifests hold no values, and of sandboxes not every key is known."""
    assert judge(replace(standalone(), feature=feature), declared).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("secret", ["tops3cret", "awsome-tops3cret", ["tops3cret"], 3])
def test_no_value_is_quoted(secret: object) -> None:
    """A password in the wrong place is not told again."""
    tree = {"redis": {"external": {"password": secret, "cluster": {"passwords": secret}}}}
    verdict = verdict_on(*unread_in(tree))
    assert (verdict.outcome, verdict.patch) == (Outcome.WARN, None)
    assert "redis.external.password" in verdict.summary
    assert "tops3cret" not in repr(verdict)
