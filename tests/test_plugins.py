"""A module in a package's folder is an offer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from preflight import checks, inputs, plugins, render
from preflight.model.check import Check
from preflight.model.source import Source


def test_names_are_the_modules_of_the_folder() -> None:
    """Sorted, without the package itself."""
    for package in (checks, inputs, render):
        folder = Path(str(package.__file__)).parent
        assert plugins.names(package) == tuple(sorted(each.stem for each in folder.glob("[!_]*.py")))


def test_every_module_offers_what_its_package_is_for() -> None:
    """Each check module has one CHECK, each source one SOURCE, each format one render."""
    assert all(isinstance(each, Check) for each in plugins.offers(checks, "CHECK"))
    assert len(list(plugins.offers(checks, "CHECK"))) == len(plugins.names(checks))
    assert all(isinstance(each, Source) for each in plugins.offers(inputs, "SOURCE"))
    assert len(list(plugins.offers(inputs, "SOURCE"))) == len(plugins.names(inputs))
    assert all(callable(each) for each in plugins.offers(render, "render"))
    assert len(list(plugins.offers(render, "render"))) == len(plugins.names(render))


def test_modules_without_the_attribute_are_passed_over() -> None:
    """Nobody has to offer everything."""
    assert list(plugins.offers(checks, "NO_SUCH_OFFER")) == []


def test_names_import_nothing() -> None:
    """`--help` lists the formats without loading any."""
    code = (
        "import sys; from preflight import plugins, render; names = plugins.names(render);"
        "sys.exit(any(f'preflight.render.{name}' in sys.modules for name in names) or 'json' not in names)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
