"""How a cluster runs the image: by any user, on a read-only root, without rights, and here with nothing to reach."""

from tests.containers.engine import Ended, Engine

RANDOM_USER = "126767:0"
HARDENED = (
    f"--user={RANDOM_USER}",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=256m",
    "--pids-limit=64",
)


def python_in(engine: Engine, image: str, program: str) -> Ended:
    given = (*HARDENED, "--network=none", "--entrypoint=/opt/preflight/bin/python")
    return engine.run(image, "-", options=given, stdin=program)
