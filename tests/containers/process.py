"""A container with the manners of a process."""

import contextlib
import signal
from dataclasses import dataclass

from docker.errors import APIError, NotFound  # type: ignore[import-untyped]  # it ships no types
from docker.models.containers import Container  # type: ignore[import-untyped]

KILLED = 128 + signal.SIGKILL


@dataclass(frozen=True, slots=True)
class ContainerProcess:
    """As much of `subprocess.Popen` as a Server asks for."""

    container: Container

    def poll(self) -> int | None:
        try:
            self.container.reload()
        except NotFound:
            return KILLED
        state = self.container.attrs["State"]
        return None if state["Running"] else int(state["ExitCode"])

    def kill(self) -> None:
        """End it at once; the engine removes what ended."""
        with contextlib.suppress(APIError):
            self.container.kill()

    def wait(self) -> int:
        # Whoever asks has just killed it.
        return KILLED

    def send_signal(self, number: int) -> None:
        """Also SIGSTOP and SIGCONT, which reach the first process of a container from outside."""
        with contextlib.suppress(APIError):
            self.container.kill(signal=signal.Signals(number).name)
