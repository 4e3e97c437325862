"""Fixtures of all tests in this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.equivalence import model

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a nova of any age warn, in this folder only."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings('ignore'))


@pytest.fixture(scope='module', autouse=True)
def quiet_nova() -> Iterator[None]:
    with model.running():
        yield
