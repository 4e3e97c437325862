import sys
from pathlib import Path

import pytest

from tests.cloud.cloud import Cloud
from tests.cloud.ports import FREE
from tests.cloud.state import state
from tests.integration.cloud_settings import AT_DEBUG, DEFAULTS


@pytest.fixture(scope='session')
def running_cloud(tmp_path_factory):
    """The small real cloud of the demo, with everything at DEBUG."""
    folder = state(tmp_path_factory.mktemp('cloud'))
    with Cloud(Path(sys.executable), folder, FREE, AT_DEBUG) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud):
    """The cloud with the default policy."""
    if running_cloud.policy_file.read_text() != DEFAULTS:
        running_cloud.write_policy(DEFAULTS)
    return running_cloud


@pytest.fixture
def rebuilt(cloud):
    """Return a function that restarts nova-api with other settings."""
    yield cloud.restart_nova
    cloud.restart_nova(AT_DEBUG)
