"""The `.env` file of a Docker installation, line by line."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.checks import config_url
from preflight.inputs.env_file import ENV_FILE, SOURCE, read
from preflight.model.errors import InputError
from preflight.model.finding import Verdict
from preflight.model.remedies import terms
from preflight.model.secret import Secret
from preflight.model.target import Mode, Password, Plan, Target, Tls
from tests.inputs.requests import request

URL = "redis://:tops3cret@cache:6379/2"
CLUSTER = 'REDIS_CLUSTER_ENABLED=true\nREDIS_CLUSTER_DATABASE_URIS=["redis://a:7000", "redis://b:7000"]\n'


def plan_of(text: str, **around: Any) -> Plan:
    plan = read(request(options={ENV_FILE.key: (".env",)}, files={".env": text}, **around))
    assert plan
    return plan


def target_of(text: str, **around: Any) -> Target:
    [target] = plan_of(text, **around).targets
    return target


def judged(text: str) -> Verdict:
    target = target_of(text)
    return config_url.judge(target, target.declaration)


def test_not_mentioned() -> None:
    """Without the option this source has nothing to say, whatever the environment."""
    assert read(request(environ={"REDIS_DATABASE_URI": URL}, files={".env": URL})) is None
    assert not SOURCE.fallback


@pytest.mark.parametrize(
    "line",
    [
        f"REDIS_DATABASE_URI={URL}",
        f"REDIS_DATABASE_URI={URL}\n",
        f"REDIS_DATABASE_URI={URL}\r\n",
        f'REDIS_DATABASE_URI="{URL}"',
        f"REDIS_DATABASE_URI='{URL}'",
        f"export REDIS_DATABASE_URI={URL}",
        f"  REDIS_DATABASE_URI = {URL}  ",
        f"REDIS_DATABASE_URI={URL} # the cache",
        f"# REDIS_DATABASE_URI=redis://old\n\nREDIS_DATABASE_URI={URL}\nLANGSMITH_LICENSE_KEY=x",
        f"REDIS_DATABASE_URI=redis://old\nREDIS_DATABASE_URI={URL}",
        "HOST=cache\nREDIS_DATABASE_URI=redis://:tops3cret@${HOST}:6379/2",
        'SECRET="tops3cret"\nREDIS_DATABASE_URI="redis://:${SECRET}@${UNSET_BY_ANYONE:-cache}:6379/2"',
    ],
)
def test_a_url(line: str) -> None:
    """Quotes, `export`, comments and other variables are python-dotenv's to read; the last line of a name counts."""
    target = target_of(line)
    assert (target.mode, [str(each) for each in target.endpoints], target.db) == (Mode.STANDALONE, ["cache:6379"], 2)
    assert (target.login, target.declaration.mistakes) == (Password(password=Secret("tops3cret")), ())


def test_what_is_no_comment() -> None:
    """A `#` without a blank before it is part of the value."""
    login = target_of(f"{CLUSTER}REDIS_CLUSTER_PASSWORD=tops#3cret # old").login
    assert login == Password(password=Secret("tops#3cret"))


def test_a_cluster() -> None:
    """All of its variables, as the pods have them."""
    text = (
        f"{CLUSTER}REDIS_CLUSTER_PASSWORD=hunter22\nREDIS_CLUSTER_USE_SSL_CONNECTION=true\nSSL_CERT_FILE=/ca.pem\n"
        "REDIS_TLS_CLIENT_CERT_PATH=/tls.crt\nREDIS_TLS_CLIENT_KEY_PATH=/tls.key\nREDIS_CLUSTER_SAFE_MODE=true\n"
    )
    target = target_of(text)
    assert [str(each) for each in target.endpoints] == ["a:7000", "b:7000"]
    assert target.login == Password(password=Secret("hunter22"))
    assert target.tls == Tls(ca_file="/ca.pem", client_cert="/tls.crt", client_key="/tls.key")
    assert target.safe_mode


def test_an_agent_alone() -> None:
    """A file for an Agent Server has REDIS_URI and nothing else of Redis."""
    target = target_of(f"REDIS_URI={URL}")
    assert (target.name, terms(target)["address"]) == ("agent", "REDIS_URI")


def test_workload_identity() -> None:
    assert target_of("REDIS_DATABASE_URI=rediss://app@cache:6379\nREDIS_IAM_AUTH_PROVIDER=gcp").iam == "gcp"


@pytest.mark.parametrize(
    ("text", "address", "password"),
    [
        (f"REDIS_DATABASE_URI={URL}", "REDIS_DATABASE_URI", "REDIS_DATABASE_URI"),
        (f"{CLUSTER}REDIS_CLUSTER_PASSWORD=x", "REDIS_CLUSTER_DATABASE_URIS", "REDIS_CLUSTER_PASSWORD"),
    ],
)
def test_remedies_name_the_variable(text: str, address: str, password: str) -> None:
    """There are no values; and so there is nothing to write into them."""
    target = target_of(text)
    assert (terms(target)["address"], terms(target)["password"], target.place.inline) == (address, password, False)


@pytest.mark.parametrize(
    ("text", "term", "variable"),
    [
        ("REDIS_CLUSTER_ENABLED=true", "address", "REDIS_CLUSTER_DATABASE_URIS"),
        ("REDIS_CLUSTER_ENABLED=false", "address", "REDIS_DATABASE_URI"),
        (CLUSTER, "password", "REDIS_CLUSTER_PASSWORD"),
        (CLUSTER, "tls_off", "REDIS_CLUSTER_USE_SSL_CONNECTION"),
    ],
)
def test_remedies_name_the_variable_that_is_missing(text: str, term: str, variable: str) -> None:
    assert variable in terms(target_of(text))[term]


@pytest.mark.parametrize("line", ['REDIS_DATABASE_URI="Your connection url"', "REDIS_DATABASE_URI=your connection url"])
def test_the_documented_example(line: str) -> None:
    """As it stands in LangSmith's documentation for Docker."""
    verdict = judged(line)
    assert verdict.summary == "the URL still holds a placeholder"
    assert (verdict.patch, verdict.details) == (None, {})


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("REDIS_DATABASE_URI=", "the URL is empty"),
        ("REDIS_DATABASE_URI=redis://:${UNSET_BY_ANYONE}@${UNSET_BY_ANYONE}:6379", "the URL names no host"),
        ("REDIS_DATABASE_URI=cache:6379", "the URL has no scheme"),
        ('REDIS_DATABASE_URI="redis://cache:6379\\n"', "the URL begins or ends with white space"),
    ],
)
def test_mistakes(text: str, summary: str) -> None:
    """They are findings, whose remedies name the variable and not the chart's values."""
    verdict = judged(text)
    assert summary in verdict.summary
    assert verdict.patch is None
    assert "redis.external" not in (verdict.remedy or "")


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "LANGSMITH_LICENSE_KEY=tops3cret", "REDIS_CLUSTER_PASSWORD=tops3cret", "REDIS_DATABASE_URI"],
)
def test_nothing_of_redis(text: str) -> None:
    """Unusable input, with the variables that would do; a name without `=` sets nothing."""
    with pytest.raises(InputError) as caught:
        plan_of(text)
    assert str(caught.value) == (
        "The --env-file sets none of REDIS_DATABASE_URI, REDIS_CLUSTER_DATABASE_URIS, REDIS_CLUSTER_ENABLED and "
        "REDIS_URI."
    )


def test_no_such_file() -> None:
    with pytest.raises(InputError, match="cannot read the --env-file"):
        read(request(options={ENV_FILE.key: ("tops3cret",)}))


@pytest.mark.parametrize("tls", [True, False])
def test_tls_is_the_scheme_s(tls: bool) -> None:
    """For a URL; a node list takes the option."""
    with pytest.raises(InputError, match="scheme"):
        plan_of(f"REDIS_DATABASE_URI={URL}", tls=tls)
    assert bool(target_of(CLUSTER, tls=tls).tls) is tls


def test_the_environment_of_the_process_is_another() -> None:
    """What surrounds preflight is no LangSmith's where a file is named."""
    plan = read(
        request(
            options={ENV_FILE.key: (".env",)},
            files={".env": f"REDIS_DATABASE_URI={URL}"},
            environ={"REDIS_CLUSTER_ENABLED": "true", "REDIS_CLUSTER_DATABASE_URIS": "[]"},
        )
    )
    assert plan
    assert plan.targets[0].mode is Mode.STANDALONE
