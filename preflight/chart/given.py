"""What goes with values and with manifests alike: Secrets, and the cluster that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from preflight.chart.documents import documents
from preflight.chart.flags import CONTEXT, KUBE, NAMESPACE, SECRET
from preflight.chart.secrets import Secrets, secrets_in
from preflight.chart.wiring import Wiring
from preflight.model.errors import InputError
from preflight.model.source import Fetch, Request
from preflight.model.target import Mode

LONGEST_STREAM: Final = 16 * 1024 * 1024
"""Characters of manifests; the whole chart renders to less than one million."""


def secrets_given(request: Request, rendered: Iterable[Mapping[str, Any]] = ()) -> Secrets:
    """Those of --secret, of the cluster under --kube, and those that the chart itself renders."""
    manifests: list[dict[str, Any]] = []
    for file in request.texts(SECRET):
        found = list(secrets_in(documents(request.read(file, "--secret"), "the --secret file", LONGEST_STREAM)))
        if not found:
            raise InputError("A --secret file holds no object of kind Secret.")
        manifests += found
    return Secrets(manifests, _cluster(request), rendered)


def _cluster(request: Request) -> Fetch | None:
    if not request.texts(KUBE):
        return None
    context, namespace = (next(iter(request.texts(flag)), None) for flag in (CONTEXT, NAMESPACE))
    return request.connect(context, namespace)


def refuse_credentials(request: Request, wirings: Iterable[Wiring]) -> None:
    """The files say how the pods log in: anything else would check another configuration than theirs.

    But there is no place in them for the user of workload identity on a cluster.
    """
    around = request.around
    wanted = any(each.iam and each.mode is Mode.CLUSTER for each in wirings)
    said = {
        "--username": around.username and not wanted,
        "--iam": around.iam,
        "--password-file": around.password,
        "--tls": around.tls is not None,
        "--cluster-safe-mode": around.safe_mode,
    }
    for option, is_given in said.items():
        if is_given:
            raise InputError(f"{option} does not go with values or manifests, which say it themselves.")
