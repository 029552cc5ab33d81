"""Secrets as they were given: manifests, `kubectl get -o yaml`, or the cluster itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from preflight.chart.shape import SHAPES, Value, decoded, judged
from preflight.model.errors import InputError
from preflight.model.installation import Flaw, Purpose, SecretKey
from preflight.model.secret import Secret
from preflight.model.source import Answer, Fetch

_OF_THE_SECRET: Final = {Flaw.KEY_MISSING, Flaw.IMMUTABLE_EMPTY, Flaw.NOT_BASE64, Flaw.NOT_TEXT}
"""There is no text to speak of."""


class Reference(Struct, frozen=True, kw_only=True):
    """A key of a Secret, as pods refer to it; an optional one may be missing."""

    secret: str
    key: str
    optional: bool = False
    namespace: str = ""
    """Empty where only the release's is meant."""


class Found(Struct, frozen=True, kw_only=True):
    """The value, or nothing and what stands against it."""

    key: SecretKey
    text: Secret | None = None


class Secrets:
    """Looks values up by Secret and key; asks the cluster, if there is one, for what the files do not hold."""

    def __init__(
        self,
        manifests: Iterable[Mapping[str, Any]] = (),
        fetch: Fetch | None = None,
        rendered: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """`rendered` are those that the chart itself makes, from its values."""
        self._rendered = {name_of(each): Answer(namespace=name_of(each)[0], manifest=dict(each)) for each in rendered}
        self._given = {name_of(each)[1]: Answer(namespace="", manifest=dict(each)) for each in manifests}
        self._fetch = fetch

    def is_rendered(self, reference: Reference) -> bool:
        """The chart makes it, so that a change of it is a change of the values."""
        return (reference.namespace, reference.secret) in self._rendered

    def keys_of(self, namespace: str, secret: str) -> tuple[str, ...]:
        """What the Secret holds, as far as it is known."""
        answer = self._answer(Reference(secret=secret, key="", namespace=namespace))
        return _keys(answer.manifest) if answer and answer.manifest else ()

    def outdated(self, reference: Reference, purpose: Purpose) -> SecretKey | None:
        """The key, where the chart's own Secret stands in the cluster without it: hooks of an upgrade come first."""
        answer = self._deployed(reference.secret)
        if answer is None or answer.manifest is None or reference.key in (keys := _keys(answer.manifest)):
            return None
        return SecretKey(
            secret=reference.secret, key=reference.key, purpose=purpose, flaw=Flaw.OUTDATED, others=keys
        )  # fmt: skip

    def look_up(self, reference: Reference, purpose: Purpose) -> Found:
        answer = self._answer(reference)
        about = SecretKey(
            secret=reference.secret,
            key=reference.key,
            purpose=purpose,
            namespace=answer.namespace if answer else "",
        )
        if answer is None:
            return Found(key=replace(about, flaw=Flaw.NOT_GIVEN))
        if answer.forbidden:
            return Found(key=replace(about, flaw=Flaw.FORBIDDEN))
        if not answer.delivered:
            return Found(key=replace(about, flaw=None if reference.optional else Flaw.UNDELIVERED))
        if answer.manifest is None:
            return Found(key=replace(about, flaw=Flaw.SECRET_MISSING))
        value = _value(answer.manifest, about, optional=reference.optional)
        if self.is_rendered(reference) and value.flaw not in _OF_THE_SECRET:
            # What is wrong with the text is said of the values that it came from.
            value = value._replace(flaw=None)
        about = replace(
            about, flaw=value.flaw, length=value.length, shape=value.shape,
            others=_keys(answer.manifest), candidate=_candidate(answer.manifest, about) if value.flaw else "",
        )  # fmt: skip
        return Found(key=about, text=None if value.flaw else Secret(value.text))

    def _answer(self, reference: Reference) -> Answer | None:
        return self._rendered.get((reference.namespace, reference.secret)) or self._deployed(reference.secret)

    def _deployed(self, secret: str) -> Answer | None:
        if secret not in self._given and self._fetch:
            self._given[secret] = self._fetch(secret)
        return self._given.get(secret)


def secrets_in(documents: Iterable[object]) -> Iterator[dict[str, Any]]:
    """Every Secret of a stream of manifests, those of a List included. Raises `InputError` for one without a name."""
    for each in documents:
        if not isinstance(each, dict):
            continue
        if isinstance(each.get("items"), list):
            yield from secrets_in(each["items"])
        elif each.get("kind") == "Secret":
            if not name_of(each)[1]:
                raise InputError("There is a Secret without metadata.name.")
            yield each


def name_of(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """Namespace and name."""
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        return "", ""
    return str(metadata.get("namespace") or ""), str(metadata.get("name") or "")


def _value(manifest: Mapping[str, Any], about: SecretKey, *, optional: bool) -> Value:
    """`stringData` wins over `data`, as in Kubernetes."""
    data, plain = _section(manifest, "data"), _section(manifest, "stringData")
    if about.key in plain:
        value = judged(plain[about.key], about.purpose)
    elif about.key in data:
        value = decoded("" if data[about.key] is None else data[about.key], about.purpose)
    else:
        value = Value("", "absent", 0, None if optional else Flaw.KEY_MISSING)
    if value.flaw in {Flaw.KEY_MISSING, Flaw.EMPTY} and manifest.get("immutable") is True:
        return value._replace(flaw=Flaw.IMMUTABLE_EMPTY)
    return value


def _candidate(manifest: Mapping[str, Any], about: SecretKey) -> str:
    """The one key whose value has the shape that is wanted; a password has none."""
    found = [
        key
        for key in _keys(manifest)
        if _suits(_value(manifest, replace(about, key=key), optional=False), about.purpose)
    ]
    return found[0] if len(found) == 1 else ""


def _suits(value: Value, purpose: Purpose) -> bool:
    return value.flaw is None and value.shape == SHAPES.get(purpose)


def _keys(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({*_section(manifest, "data"), *_section(manifest, "stringData")}))


def _section(manifest: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = manifest.get(name) or {}
    if not isinstance(section, dict):
        raise InputError(f"{name} of Secret {name_of(manifest)[1]} must be a mapping.")
    return section
