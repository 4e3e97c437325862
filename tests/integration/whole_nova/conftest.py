"""One whole nova for all tests of this folder."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.whole_nova import noise, pipelines, recordings, servers, whole
from tests.whole_nova.client import ADMIN, Client
from tests.whole_nova.servers import Servers

Rules = Mapping[str, str]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let nova warn in the tests of this folder, and in no other."""
    for item in items:
        if HERE in item.path.parents:
            for line in noise.NOISE:
                item.add_marker(pytest.mark.filterwarnings(line))


@pytest.fixture(scope='session')
def nova() -> Iterator[whole.WholeNova]:
    with noise.ignored(), whole.WholeNova() as started:
        yield started


@pytest.fixture(scope='session')
def raw(
    nova: whole.WholeNova, tmp_path_factory: pytest.TempPathFactory
) -> Client:
    """nova-api without the guard."""
    return Client(pipelines.without_guard(tmp_path_factory.mktemp('raw')))


@pytest.fixture(scope='session')
def seeded(raw: Client) -> Servers:
    return servers.seed(raw)


@pytest.fixture(scope='session')
def guarded(
    nova: whole.WholeNova, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Client]:
    """Make nova-api behind a guard with these rules and options."""

    def make(rules: Rules | None = None, **options: str) -> Client:
        folder = tmp_path_factory.mktemp('guarded')
        return Client(pipelines.with_guard(folder, rules or {}, **options))

    return make


@pytest.fixture(scope='session')
def recorded(raw: Client, seeded: Servers) -> list[recordings.Recorded]:
    """nova's responses to an administrator, of every kind and version."""
    return list(recordings.record(raw, ADMIN, seeded))
