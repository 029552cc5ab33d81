"""The evaluator does as GitHub does, or refuses."""

import pytest

from tests.pipelines.expressions import UnknownExpressionError, evaluated, filled, runs

CONTEXTS = {"inputs": {"wait": "1m", "url": "", "fail-on": "warn"}, "env": {"URL": "redis://a"}, "steps.a.outputs": {}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.wait", "1m"),
        ("inputs.fail-on", "warn"),
        ("inputs.absent", ""),
        ("inputs.url || env.URL", "redis://a"),
        ("inputs.wait || env.URL", "1m"),
        ("inputs.url && env.URL", ""),
        ("inputs.wait == '1M'", True),
        ("inputs.wait != '' && steps.a.outputs.b != ''", False),
        ("steps.a.outputs.b == '' || 'it''s'", True),
        ("always() && inputs.url == ''", True),
    ],
)
def test_known(text: str, value: object) -> None:
    assert evaluated(text, CONTEXTS) == value


@pytest.mark.parametrize(
    "text",
    ["", "secrets.URL", "inputs", "success()", "!inputs.url", "(inputs.url)", "inputs.a < 1", "inputs.url env.URL"],
)
def test_unknown(text: str) -> None:
    with pytest.raises(UnknownExpressionError):
        evaluated(text, CONTEXTS)


def test_text() -> None:
    assert filled("a ${{ inputs.wait }}/${{inputs.wait == 'x'}} ${b}", CONTEXTS) == "a 1m/false ${b}"


@pytest.mark.parametrize(
    ("condition", "failed", "expected"),
    [
        (None, False, True),
        (None, True, False),
        ("inputs.wait == '1m'", True, False),
        ("${{ inputs.wait == '1m' }}", False, True),
        ("always()", True, True),
        ("always() && inputs.url", False, False),
    ],
)
def test_conditions(condition: str | None, *, failed: bool, expected: bool) -> None:
    assert runs(condition, CONTEXTS, failed=failed) is expected
