"""The requests that a server document answers."""

from collections.abc import Callable

from nova.tests.fixtures import GlanceFixture, NeutronFixture

from tests.whole_nova.client import Request

IMAGE = GlanceFixture.image1['id']
NETWORK = NeutronFixture.network_1['id']
USER_DATA = 'I2Nsb3VkLWNvbmZpZwo='


def create(_: int, __: str = '', **more: object) -> Request:
    """Return the smallest creation that nova takes, and *more*."""
    server = {
        'name': 'new',
        'flavorRef': '1',
        'imageRef': IMAGE,
        'networks': [{'uuid': NETWORK}],
        'user_data': USER_DATA,
        **more,
    }
    return Request('POST', '/servers', {'server': server})


def rebuild(minor: int, server_id: str) -> Request:
    """Return a rebuild, with user data where *minor* knows it there."""
    action = {'imageRef': IMAGE}
    if minor >= 57:
        action['user_data'] = USER_DATA
    return Request('POST', f'/servers/{server_id}/action', {'rebuild': action})


def update(_: int, server_id: str) -> Request:
    """Return an update that nova takes at every version."""
    body = {'server': {'accessIPv4': '192.0.2.4'}}
    return Request('PUT', f'/servers/{server_id}', body)


# By the names that the reference gives the answers.
REQUESTS: dict[str, Callable[[int, str], Request]] = {
    'create': create,
    'rebuild': rebuild,
    'update': update,
    'show': lambda _, server_id: Request('GET', f'/servers/{server_id}'),
    'list': lambda *_: Request('GET', '/servers'),
    'detail': lambda *_: Request('GET', '/servers/detail'),
}
