"""Fixtures and settings of all tests."""

from pathlib import Path

import hypothesis
import pytest
import webtest

from nova_update_guard.deploy import filters
from tests import standin

# How fast a machine makes examples is no rule of the guard's.
hypothesis.settings.register_profile(
    'any machine',
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile('any machine')

HERE = Path(__file__).parent
# Their tests import nova, which need not be there for the others.
WITH_NOVA = ('equivalence', 'integration')
NOT_INTEGRATION = 'not integration'
# What takes long begins first, so that no core waits at the end.
ORDER = ('packaging', 'integration', 'equivalence', 'proxy')


def pytest_ignore_collect(
    collection_path: Path, config: pytest.Config
) -> bool | None:
    """With ``-m 'not integration'``, import no test that imports nova."""
    unwanted = config.option.markexpr == NOT_INTEGRATION
    return (unwanted and _folder(collection_path) in WITH_NOVA) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders in order; a file's tests stay beside each other."""
    for item in items:
        if _folder(item.path) in WITH_NOVA:
            item.add_marker(pytest.mark.integration)
    items.sort(key=_place)


@pytest.fixture
def nova():
    """The stand-in for nova, before which the guard stands."""
    return standin.Nova()


@pytest.fixture
def guarded(nova, tmp_path):
    """Return a factory that puts the guard in front of *nova*."""

    def guarded(policy='', factory=filters.update_guard, app=nova, **options):
        file = tmp_path / 'update-guard-policy.yaml'
        file.write_text(policy or '# The defaults.\n')
        options = {'policy_file': str(file), **options}
        return webtest.TestApp(factory({}, **options)(app), lint=True)

    return guarded


@pytest.fixture
def guard(guarded):
    """The guard in front of *nova*, with its defaults."""
    return guarded()


def _folder(path: Path) -> str:
    return path.relative_to(HERE).parts[0] if path != HERE else ''


def _place(item: pytest.Item) -> int:
    folder = _folder(item.path)
    return ORDER.index(folder) if folder in ORDER else len(ORDER)
