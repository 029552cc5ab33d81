"""Shared fixtures, and how hypothesis searches: without a clock, and in CI the same way every time."""

import os

from hypothesis import settings

pytest_plugins = ["tests.servers.fixtures"]

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
