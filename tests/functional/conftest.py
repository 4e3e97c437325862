import pytest
import webtest

from nova_update_guard import deploy
from tests.functional import standin


@pytest.fixture
def nova():
    return standin.Nova()


@pytest.fixture
def guarded(nova, tmp_path):
    """Return what puts the guard, with some options, in front of *nova*."""

    def guarded(policy='', factory=deploy.update_guard, **options):
        file = tmp_path / 'update-guard-policy.yaml'
        file.write_text(policy)
        options = {'policy_file': str(file), **options}
        return webtest.TestApp(factory({}, **options)(nova), lint=True)

    return guarded


@pytest.fixture
def guard(guarded):
    return guarded()
