"""pytest plugin: the engine and the image of preflight, once a session."""

from collections.abc import Iterator

import pytest

from tests.containers.engine import Engine
from tests.containers.engine import engine as some_engine
from tests.containers.image import build_image


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with some_engine() as found:
        yield found


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    """The name of preflight's image, built from this tree."""
    return build_image(engine)
