from contextlib import closing
from pathlib import Path

import pytest

from tests.proxy import apache, serving
from tests.proxy.keystone import Keystone
from tests.proxy.nova import Nova, obliging

HERE = Path(__file__).parent
# They call the modules; the others start servers.
PURE = ('test_headers', 'test_http_syntax', 'test_response_parser')


def pytest_collection_modifyitems(items):
    """Mark the tests that need a real server."""
    for item in items:
        if HERE in item.path.parents and item.path.stem not in PURE:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope='session')
def keystone():
    with closing(Keystone()) as keystone:
        yield keystone


@pytest.fixture(scope='session')
def running_nova():
    with closing(Nova()) as nova:
        yield nova


@pytest.fixture
def nova(running_nova):
    """The stand-in for nova, which has seen nothing and obliges."""
    running_nova.script(obliging)
    yield running_nova
    running_nova.script(obliging)


@pytest.fixture(scope='session')
def proxies(running_nova, keystone, tmp_path_factory):
    """The proxy under each server, started once."""
    with (
        serving.configured(
            'gunicorn', running_nova, keystone, tmp_path_factory
        ) as one,
        serving.configured(
            'uwsgi', running_nova, keystone, tmp_path_factory
        ) as other,
    ):
        yield {proxy.name: proxy for proxy in (one, other)}


@pytest.fixture(params=serving.SERVERS)
def proxy(request, proxies, nova):
    """A proxy in front of *nova*."""
    return proxies[request.param]


@pytest.fixture(scope='session')
def running_apache(running_nova, keystone, tmp_path_factory):
    # The reason names the package to install; .ci/run installs it.
    if apache.missing():
        pytest.skip(apache.missing())
    with serving.configured(
        apache.NAME, running_nova, keystone, tmp_path_factory
    ) as proxy:
        yield proxy


@pytest.fixture
def under_apache(running_apache, nova):
    """The proxy under Apache, in front of *nova*."""
    return running_apache


@pytest.fixture(params=[*serving.SERVERS, apache.NAME])
def anywhere(request):
    """The proxy under each server that is documented."""
    if request.param == apache.NAME:
        proxy = request.getfixturevalue('running_apache')
    else:
        proxy = request.getfixturevalue('proxies')[request.param]
    # Only now: when a proxy is started, nova hears of it.
    request.getfixturevalue('nova')
    return proxy


@pytest.fixture
def address(proxy):
    return proxy.address
