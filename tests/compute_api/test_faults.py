import json

import pytest

from nova_update_guard.compute_api import faults
from nova_update_guard.compute_api.microversions import Version


@pytest.mark.parametrize(
    ('status', 'name'),
    [
        (400, 'badRequest'),
        (401, 'unauthorized'),
        (403, 'forbidden'),
        (413, 'overLimit'),
        (415, 'badMediaType'),
        (500, 'computeFault'),
        (502, 'computeFault'),
    ],
)
def test_a_refusal_has_the_fault_shape_of_nova(status, name):
    body = faults.body(faults.Refusal(status, 'why', ''))

    assert json.loads(body) == {name: {'code': status, 'message': 'why'}}


def test_the_reason_for_the_log_is_not_in_the_response():
    body = faults.body(faults.Refusal(400, 'why', 'secret'))

    assert b'secret' not in body


def test_a_refusal_has_the_headers_of_faults_of_nova():
    assert faults.headers(Version(2, 19)) == [
        ('Content-Type', 'application/json; charset=UTF-8'),
        ('OpenStack-API-Version', 'compute 2.19'),
        ('X-OpenStack-Nova-API-Version', '2.19'),
        ('Vary', 'OpenStack-API-Version'),
        ('Vary', 'X-OpenStack-Nova-API-Version'),
    ]


def test_without_a_version_there_are_no_version_headers():
    assert [name for name, _ in faults.headers(None)] == ['Content-Type']


def test_version_headers_of_nova_get_the_version_of_the_client():
    sent = [
        ('Content-Length', '9'),
        ('Retry-After', '7'),
        ('openstack-api-version', 'compute 2.96'),
        ('Vary', 'OpenStack-API-Version, Accept'),
        ('X-OpenStack-Nova-API-Version', '2.96'),
    ]

    assert faults.headers_at(Version(2, 19), sent) == [
        ('Retry-After', '7'),
        ('openstack-api-version', 'compute 2.19'),
        ('Vary', 'OpenStack-API-Version, Accept'),
        ('X-OpenStack-Nova-API-Version', '2.19'),
    ]
    assert faults.headers_at(None, sent) == [
        ('Retry-After', '7'),
        ('Vary', 'Accept'),
    ]


def test_version_headers_that_nova_did_not_send_are_not_added():
    sent = [('Vary', 'OpenStack-API-Version')]

    assert faults.headers_at(Version(2, 19), sent[1:]) == []
    assert faults.headers_at(None, sent) == []
