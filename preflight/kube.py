"""Secrets from a cluster, for `--kube`: read one by one, by name; nothing is listed and nothing is written.

The kubernetes package finds the cluster and logs in, as kubectl would. What it says of a failure may quote tokens, so
that none of its texts is passed on, and it may wait for ever, so that it works in a thread that is not waited for.
"""

from __future__ import annotations

import logging
import os
import re
import ssl
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from preflight.model.errors import InputError
from preflight.model.source import Answer, Fetch

T = TypeVar("T")

_SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")
_TRY: Final = "see whether `kubectl get secrets` works"


class _Secret(Struct):
    """The fields that are read of an API object."""

    kind: str
    data: dict[str, str] | None = None
    immutable: bool | None = None


def secrets_of(
    context: str | None,
    namespace: str | None,
    *,
    limit: float = 5.0,
    login_limit: float = 30.0,
    service_account: Path = _SERVICE_ACCOUNT,
) -> Fetch:
    """How to fetch a Secret. Logs in now and asks the cluster at each call; both raise `InputError`.

    The limits are in seconds: of connecting and of each read, and of the login, which may run a program.
    """
    with _quiet():
        try:
            import_module("kubernetes")
        except ImportError:
            raise InputError("--kube needs the kubernetes package: pip install 'redis-preflight[kube]'") from None
        files = os.environ.get("KUBECONFIG") or os.path.expanduser("~/.kube/config")  # noqa: PTH111 - may have no home
        is_there = any(Path(each).exists() for each in files.split(os.pathsep))
        login = partial(_of_kubeconfig, files, context) if is_there else partial(_of_pod, service_account)
        try:
            api, home = _in_time(login, login_limit)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - its text may quote the whole user
            raise InputError(f"--kube cannot log in to the cluster ({_cause(error)}): {_TRY}") from None
    return partial(_fetch, api, namespace or home, limit)


def _of_kubeconfig(files: str, context: str | None) -> tuple[Any, str]:
    """The API of a context, and the namespace that it is set to. The package knows only what was set at its import."""
    kubernetes = import_module("kubernetes")
    contexts, active = kubernetes.config.list_kube_config_contexts(files)
    named = {each["name"]: each for each in contexts}
    if context is not None and context not in named:
        raise InputError(f"--kube: the kubeconfig has no such context; it has {', '.join(sorted(named)) or 'none'}")
    configuration = kubernetes.client.Configuration()
    kubernetes.config.load_kube_config(files, context, configuration, persist_config=False)
    chosen = named[context] if context else active
    return _api(configuration), chosen["context"].get("namespace") or "default"


def _of_pod(service_account: Path) -> tuple[Any, str]:
    if not os.environ.get("KUBERNETES_SERVICE_HOST"):
        raise InputError("--kube found no kubeconfig, and this is no pod: log in to the cluster, or set KUBECONFIG")
    kubernetes = import_module("kubernetes")
    token, roots = service_account / "token", service_account / "ca.crt"
    configuration = kubernetes.client.Configuration()
    loader = kubernetes.config.incluster_config.InClusterConfigLoader(str(token), str(roots))
    loader.load_and_set(configuration)
    return _api(configuration), (service_account / "namespace").read_text().strip()


def _api(configuration: Any) -> Any:  # noqa: ANN401 - the package's own type is not there without it
    kubernetes = import_module("kubernetes")
    # One answer is enough: a cluster that does not give it is said so.
    configuration.retries = False
    return kubernetes.client.CoreV1Api(kubernetes.client.ApiClient(configuration))


def _fetch(api: Any, namespace: str, limit: float, name: str) -> Answer:  # noqa: ANN401 - as above
    if not _NAME.fullmatch(name):
        return Answer(namespace=namespace)  # no cluster has it, and it could be a path
    ask = partial(
        api.read_namespaced_secret, name, namespace, _preload_content=False, _request_timeout=(limit, limit)
    )  # fmt: skip
    body, failure = b"", None
    with _quiet():
        try:
            body = _in_time(lambda: ask().data, 3 * limit)
        except Exception as error:  # noqa: BLE001 - its text may quote headers and bodies
            failure = error
    if failure:
        return _refused(failure, namespace)
    try:
        secret = msgspec.json.decode(body, type=_Secret)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InputError(f"--kube was answered with something that is no Secret: {_TRY}") from None
    manifest = {"metadata": {"name": name}, "data": secret.data or {}, "immutable": secret.immutable}
    return Answer(namespace=namespace, manifest=manifest)


def _refused(error: Exception, namespace: str) -> Answer:
    status = getattr(error, "status", None)
    if status == HTTPStatus.NOT_FOUND:
        return Answer(namespace=namespace)
    if status == HTTPStatus.FORBIDDEN:
        return Answer(namespace=namespace, forbidden=True)
    if status == HTTPStatus.UNAUTHORIZED:
        raise InputError("--kube: the cluster does not accept the credentials of the kubeconfig: log in again")
    if isinstance(status, int) and status:
        raise InputError(f"--kube: the Kubernetes API answers with status {status}: {_TRY}")
    raise InputError(f"--kube has no answer from the Kubernetes API ({_cause(error)}): {_TRY}")


@contextmanager
def _quiet() -> Iterator[None]:
    """What the package thinks of unverified TLS, and the errors of login programs, belong in no output of ours."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _in_time(work: Callable[[], T], seconds: float) -> T:
    """In a daemon thread: neither name resolution nor a login program has a limit of its own."""
    future: Future[T] = Future()

    def body() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            future.set_exception(error)

    Thread(target=body, daemon=True).start()
    return future.result(timeout=seconds)


def _cause(error: BaseException) -> str:
    """In the system's words or OpenSSL's; the package's own may quote what was sent."""
    origin: BaseException | None = error
    while origin is not None and not isinstance(origin, OSError):
        origin = origin.__cause__ or origin.__context__
    match origin:
        case ssl.SSLCertVerificationError(verify_message=words):
            return f"its certificate is not accepted: {words}"
        case TimeoutError():
            return "nothing came in time"
        case OSError(strerror=str(words)):
            return words.lower()
        case _:
            return type(error).__name__
