import fcntl
import sys
from pathlib import Path

import pytest

from tests.cloud import databases
from tests.cloud.cloud import Cloud
from tests.cloud.ports import FREE
from tests.cloud.state import state
from tests.integration.cloud_settings import AT_DEBUG, put_back


@pytest.fixture(scope='session')
def seeded(pytestconfig):
    """A state folder whose databases are made, in this run or an earlier."""
    seeded = state(pytestconfig.cache.mkdir('cloud'))
    with (seeded.folder / 'making').open('a') as making:
        # The other core's tests may be at it.
        fcntl.flock(making, fcntl.LOCK_EX)
        if not databases.are_made(seeded):
            with Cloud(Path(sys.executable), seeded, FREE):
                pass
    return seeded


@pytest.fixture(scope='session')
def seed(seeded):
    """Return what makes a folder the state folder of a new cloud."""

    def seed(folder):
        new = state(folder)
        databases.copy(seeded, new)
        return new

    return seed


@pytest.fixture(scope='session')
def running_cloud(seed, tmp_path_factory):
    """The small real cloud of the demo, with everything at DEBUG."""
    folder = seed(tmp_path_factory.mktemp('cloud'))
    with Cloud(Path(sys.executable), folder, FREE, AT_DEBUG) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud):
    """The cloud with its first settings and the default policy."""
    put_back(running_cloud, AT_DEBUG)
    return running_cloud
