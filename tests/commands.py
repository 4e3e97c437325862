"""Programs that tests run, whose output says why one failed."""

import subprocess


def run(*command, given=None):
    """Return the output of *command*; fail with it if it fails."""
    done = subprocess.run(
        [*map(str, command)],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
