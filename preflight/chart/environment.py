"""The environment variables that the chart gives its pods, as wirings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from preflight.chart.wiring import Material, Said, Setting, Wiring
from preflight.model.errors import InputError
from preflight.model.installation import Feature
from preflight.model.secret import Secret
from preflight.model.target import Mode

URL, NODES, CLUSTER = "REDIS_DATABASE_URI", "REDIS_CLUSTER_DATABASE_URIS", "REDIS_CLUSTER_ENABLED"
PASSWORD = "REDIS_CLUSTER_PASSWORD"  # noqa: S105 - the name of a variable
ENCRYPTED = "REDIS_CLUSTER_USE_SSL_CONNECTION"
AGENT_URL = "REDIS_URI"

FILES = {
    "ca": "SSL_CERT_FILE",
    "client_cert": "REDIS_TLS_CLIENT_CERT_PATH",
    "client_key": "REDIS_TLS_CLIENT_KEY_PATH",
}

Environment = Mapping[str, Setting]


def literal(environ: Mapping[str, str], *, placed: bool) -> Environment:
    """The environment of a process or of a file; `placed` where the variable is what a person would change.

    There, those of LangSmith's own Redis have a place also where they are not set.
    """
    said = {name: Said(text=Secret(value), place=name if placed else "") for name, value in environ.items()}
    if placed and _is_main(environ):
        said = {name: Said(text=Secret(""), place=name) for name in (URL, NODES, PASSWORD, ENCRYPTED)} | said
    return said


def wirings(environ: Environment, files: Mapping[str, Material], agent: Feature) -> Iterator[Wiring]:
    """LangSmith's own Redis, and that of the `agent` whose pod it is; `files` are by the names of `FILES`."""
    if _is_main(environ):
        yield _main(environ, files)
    if AGENT_URL in environ:
        yield Wiring(
            name=agent,
            mode=Mode.STANDALONE,
            address=environ[AGENT_URL],
            iam=_text(environ, "AGENT_REDIS_IAM_AUTH_PROVIDER"),
            ca=files.get("ca"),
            feature=agent,
        )


def _is_main(environ: Mapping[str, object]) -> bool:
    return any(name in environ for name in (URL, NODES, CLUSTER))


def _main(environ: Environment, files: Mapping[str, Material]) -> Wiring:
    cluster = _true(environ, CLUSTER, default=False)
    name = NODES if cluster else URL
    return Wiring(
        name=Feature.LANGSMITH,
        mode=Mode.CLUSTER if cluster else Mode.STANDALONE,
        address=environ.get(name, Said(text=Secret(""))),
        password=environ.get(PASSWORD) if cluster else None,
        tls=_true(environ, ENCRYPTED, default=True),
        switch=_place(environ, ENCRYPTED),
        safe_mode=_true(environ, "REDIS_CLUSTER_SAFE_MODE", default=False),
        iam=_text(environ, "REDIS_IAM_AUTH_PROVIDER"),
        ca=files.get("ca"),
        client_cert=files.get("client_cert"),
        client_key=files.get("client_key"),
    )


def _place(environ: Environment, name: str) -> str:
    setting = environ.get(name)
    return setting.place if isinstance(setting, Said) else ""


def _text(environ: Environment, name: str) -> str:
    setting = environ.get(name)
    return setting.text.reveal() if isinstance(setting, Said) else ""


def _true(environ: Environment, name: str, *, default: bool) -> bool:
    value = _text(environ, name).strip().lower()
    if value in {"true", "1", "yes"}:
        return True
    if value in {"false", "0", "no"}:
        return False
    if value:
        raise InputError(f"{name} must be true or false.")
    return default
