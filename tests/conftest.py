"""What holds for all tests."""

from pathlib import Path

import hypothesis
import pytest

# How fast a machine makes examples is no rule of the guard's.
hypothesis.settings.register_profile(
    'any machine',
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile('any machine')

HERE = Path(__file__).parent
CLOUD = 'cloud'
# What takes long begins first, so that no core waits at the end.
ORDER = (CLOUD, 'equivalence', 'whole_nova', 'proxy', 'functional', 'unit')


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file, and all that share the cloud, on one core.

    pytest-xdist starts what they share once for each group.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_place)


def _group(item: pytest.Item) -> str:
    if 'running_cloud' in getattr(item, 'fixturenames', ()):
        return CLOUD
    return str(item.path.relative_to(HERE))


def _place(item: pytest.Item) -> int:
    group = _group(item)
    return ORDER.index(group.partition('/')[0])
