import sys
from pathlib import Path

import pytest
import webtest

from nova_update_guard.deploy import filters
from tests.cloud.cloud import Cloud
from tests.cloud.ports import FREE
from tests.cloud.settings import Settings
from tests.cloud.state import state
from tests.functional import standin


@pytest.fixture
def nova():
    return standin.Nova()


@pytest.fixture
def guarded(nova, tmp_path):
    """Return what puts the guard, with some options, in front of *nova*."""

    def guarded(policy='', factory=filters.update_guard, app=nova, **options):
        file = tmp_path / 'update-guard-policy.yaml'
        file.write_text(policy or DEFAULTS)
        options = {'policy_file': str(file), **options}
        return webtest.TestApp(factory({}, **options)(app), lint=True)

    return guarded


@pytest.fixture
def guard(guarded):
    return guarded()


@pytest.fixture(scope='session')
def running_cloud(tmp_path_factory):
    """The small real cloud of the demo, with everything at DEBUG."""
    folder = state(tmp_path_factory.mktemp('cloud'))
    with Cloud(Path(sys.executable), folder, FREE, AT_DEBUG) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud):
    """The cloud with the default policy, whatever the last test wrote."""
    if running_cloud.policy_file.read_text() != DEFAULTS:
        running_cloud.write_policy(DEFAULTS)
    return running_cloud


@pytest.fixture
def rebuilt(cloud):
    """Return what restarts nova-api with other settings for one test."""
    yield cloud.restart_nova
    cloud.restart_nova(AT_DEBUG)


DEFAULTS = '# The defaults.\n'
AT_DEBUG = Settings(nova_conf='[DEFAULT]\ndebug = true\n', policy=DEFAULTS)
