"""Fixtures and settings of all tests."""

import gc
import threading
from pathlib import Path

import hypothesis
import pytest
import webtest

from nova_update_guard.deploy import filters
from tests import standin
from tests.proxy import listening

# What is imported stays: a search for garbage in it finds none.
gc.disable()
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
# In all other folders no test needs nova or a server.
WITH_INTEGRATION = (*WITH_NOVA, 'cmd', 'docs', 'packaging', 'proxy')
# Their tests reach every branch of what is pure. All the others' are not
# measured: it makes them half as slow again.
MEASURED = (
    'analysis',
    'audit',
    'compute_api',
    'deploy',
    'layers',
    'middleware',
    'policy',
    'proxy',
    'report',
    'test_bounded_cache.py',
)
# What waits, for packages, servers and deadlines, begins first: beside it
# others compute. At the end, where nothing is left to run beside it, a core
# would be idle meanwhile.
ORDER = ('packaging', 'proxy', 'cmd', 'docs', 'equivalence', 'integration')


def pytest_ignore_collect(
    collection_path: Path, config: pytest.Config
) -> bool | None:
    """Import none of the tests that ``-m`` is not for, nor nova for them."""
    folder = _folder(collection_path)
    unwanted = {
        'not integration': folder in WITH_NOVA,
        'integration': folder not in ('', *WITH_INTEGRATION),
    }
    return unwanted.get(config.option.markexpr) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders in order; a file's tests stay beside each other."""
    for item in items:
        folder = _folder(item.path)
        if folder in WITH_NOVA:
            item.add_marker(pytest.mark.integration)
        if folder not in MEASURED:
            item.add_marker(pytest.mark.no_cover)
        is_integration = item.get_closest_marker('integration')
        if is_integration and folder not in WITH_INTEGRATION:
            raise pytest.UsageError(f'{folder} is not in WITH_INTEGRATION')
    items.sort(key=_place)


def pytest_collection_finish() -> None:
    """Search for garbage in what the tests make, not in what they import."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope='session', autouse=True)
def no_thread_remains():
    """A stand-in that sleeps on makes all that comes after it slower."""
    yield
    names = [thread.name for thread in threading.enumerate()]
    assert listening.THREAD not in names


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
