"""The recorded requests, asked of nova and of a guard before it."""

from tests.cloud import bytewise, recorded
from tests.cloud.people import PEOPLE

# What may differ between two answers that are the same, and why.
THEIR_OWN = {
    'date': 'said by what serves: gunicorn says it, uWSGI does not',
    'server': 'said by what serves: gunicorn says it, uWSGI does not',
    'connection': 'of one connection, and there are two',
    'x-openstack-request-id': 'each request has one of its own, and some '
    'have none from nova; the proxy then says its own',
    'x-compute-request-id': 'each request has one of its own',
}


def comparable(response):
    """Return all of an answer but the values that cannot be the same."""
    fields = sorted(
        (name.lower(), text)
        for name, text in response.fields
        if name.lower() not in THEIR_OWN
    )
    return response.status, response.reason, fields, response.body


def as_recorded(cloud, url, request):
    fields = {'Host': 'compute.example:8774', **request.fields}
    if request.body:
        fields.setdefault('Content-Type', 'application/json')
    if request.caller == recorded.FORGER:
        fields['X-Auth-Token'] = 'false'
    elif request.caller != recorded.NOBODY:
        fields['X-Auth-Token'] = cloud.token(PEOPLE[request.caller]).id
    return bytewise.send(
        url, request.method, request.target, fields, request.body
    )


def ids(response):
    """Return the names of an answer's request ids."""
    names = [name.lower() for name, _ in response.fields]
    return sorted(name for name in names if name.endswith('-request-id'))


def at(proxy, version='/v2.1'):
    return proxy.url.removesuffix('/healthcheck') + version
