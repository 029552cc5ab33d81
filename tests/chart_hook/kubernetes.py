"""What the API server of a version of Kubernetes would take, by its schemas."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from typing import Any, Final

from tests.chart_hook.render import Document, objects
from tests.servers.catalogue import ServerMissingError

VERSIONS: Final = tuple(f"1.{minor}" for minor in range(26, 38))


def schemas() -> Any:
    """The schemas of every version, or the advice how to get them."""
    try:
        import kubernetes_validate  # noqa: PLC0415 - without it, only these tests cannot run
    except ImportError:
        advice = "`make test`, or `pip install kubernetes-validate`"
        raise ServerMissingError(f"the schemas of Kubernetes are not installed: {advice}") from None
    return kubernetes_validate


def valid(documents: Iterable[Document], versions: Iterable[str]) -> None:
    """Raises where an object has a field that is not known, lacks one, or has one of a wrong type."""
    found = [json.dumps(each, sort_keys=True) for each in objects(documents)]
    for version in versions:
        for text in found:
            _take(text, version)


@functools.cache
def _take(text: str, version: str) -> None:
    """Once for each object: most renderings have some in common."""
    schemas().validate(json.loads(text), version, strict=True)
