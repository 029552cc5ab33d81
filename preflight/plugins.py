"""What a package's modules offer: adding a module adds a check, a source or a format."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def names(package: ModuleType) -> tuple[str, ...]:
    """The names of a package's modules, none of them imported."""
    return tuple(sorted(module.name for module in iter_modules(package.__path__)))


def offers(package: ModuleType, attribute: str) -> Iterator[object]:
    """The attribute of each module of the package that has it, in the order of the module names."""
    for name in names(package):
        module = import_module(f"{package.__name__}.{name}")
        if hasattr(module, attribute):
            yield getattr(module, attribute)
