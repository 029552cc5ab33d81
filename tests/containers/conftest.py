"""The engine and the image for every module here."""

from tests.containers.fixtures import engine as engine  # noqa: PLC0414 - a fixture is found by its name here
from tests.containers.fixtures import image as image  # noqa: PLC0414
