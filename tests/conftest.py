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
# What takes long begins first, so that no core waits at the end.
ORDER = ('functional', 'equivalence', 'whole_nova', 'proxy', 'unit')


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders in order; a file's tests stay beside each other."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return ORDER.index(item.path.relative_to(HERE).parts[0])
