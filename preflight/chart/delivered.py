"""What the Secrets of a cluster brought into this pod, and what they should have brought.

The Helm hook refers to Secrets as optional, so that a pod starts that can tell which one is missing. It says in
PREFLIGHT_SECRET_KEYS which variable or file each key was meant for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from preflight.chart.environment import FILES
from preflight.chart.secrets import Reference, Secrets
from preflight.chart.wiring import Material, Said, Setting
from preflight.model.errors import InputError
from preflight.model.secret import Secret
from preflight.model.source import Answer

VARIABLE: Final = "PREFLIGHT_SECRET_KEYS"


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key of a Secret, as LangSmith's own pods refer to it."""

    secret: str
    key: str
    optional: bool = False

    @property
    def reference(self) -> Reference:
        return Reference(secret=self.secret, key=self.key, optional=self.optional)


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By the name of the variable, or of the one that names the file."""

    namespace: str = ""
    keys: dict[str, Key] = {}

    def settings(self, environ: Mapping[str, str]) -> dict[str, Setting]:
        """The environment, where a Secret's key stands behind what came from one or should have."""
        said: dict[str, Setting] = {name: Said(text=Secret(text)) for name, text in environ.items()}
        return said | {name: key.reference for name, key in self.keys.items() if name not in FILES.values()}

    def material(self, variable: str, path: str, mounted: Callable[[str], bool]) -> Material:
        """The file, or the key that should have been mounted there."""
        key = self.keys.get(variable)
        return key.reference if key and not mounted(path) else path

    def secrets(self, environ: Mapping[str, str]) -> Secrets:
        """What came, as the Secrets that it came from; nothing is known of one of which nothing came."""
        came: dict[str, dict[str, str]] = {}
        for key, text in self._came(environ):
            came.setdefault(key.secret, {})[key.key] = text
        manifests = ({"metadata": {"name": name}, "stringData": texts} for name, texts in came.items())
        return Secrets(manifests, lambda _: Answer(namespace=self.namespace, delivered=False))

    def _came(self, environ: Mapping[str, str]) -> Iterator[tuple[Key, str]]:
        for variable, key in self.keys.items():
            if variable in environ and variable not in FILES.values():
                yield key, environ[variable]


def delivery(environ: Mapping[str, str]) -> Delivery:
    """Nothing where the variable is not set. Raises `InputError`."""
    text = environ.get(VARIABLE)
    if not text:
        return Delivery()
    try:
        return msgspec.json.decode(text, type=Delivery)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise InputError(f"{VARIABLE} cannot be read; the Helm hook of preflight sets it.") from None
