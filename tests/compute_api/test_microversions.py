import pytest

from nova_update_guard.compute_api.microversions import (
    LEGACY_V2,
    MAX,
    MIN,
    BadVersionError,
    Version,
    of_response,
    read,
    requested,
)

STANDARD = 'OpenStack-API-Version'
LEGACY = 'X-OpenStack-Nova-API-Version'


@pytest.mark.parametrize(
    ('headers', 'version'),
    [
        ([], MIN),
        ([(STANDARD, 'compute 2.19')], Version(2, 19)),
        ([(STANDARD.lower(), 'COMPUTE 2.19')], Version(2, 19)),
        ([(STANDARD, 'compute latest')], MAX),
        ([(LEGACY, '2.90')], Version(2, 90)),
        ([(LEGACY, '2.90'), (STANDARD, 'compute 2.19')], Version(2, 19)),
        ([(STANDARD, 'volume 3.1, compute 2.19')], Version(2, 19)),
        ([(STANDARD, 'compute 2.1'), (STANDARD, 'compute 2.2')], (2, 2)),
        ([(STANDARD, 'volume 3.1')], MIN),
        ([(STANDARD, 'compute 2.9999')], Version(2, 9999)),
        ([(STANDARD, 'compute 1.0')], MIN),
    ],
)
def test_the_version_is_the_one_nova_reads(headers, version):
    assert read(headers) == version


@pytest.mark.parametrize('text', ['2', '2.x', '02.1', '2.01', '2.1.1', '-2.1'])
def test_a_malformed_version_is_an_error_that_quotes_it(text):
    with pytest.raises(BadVersionError) as error:
        read([(STANDARD, f'compute {text}')])

    assert str(error.value) == (
        f'API Version String {text} is of invalid format. Must be of format '
        'MajorNum.MinorNum.'
    )


@pytest.mark.parametrize(
    ('environ', 'version'),
    [
        ({}, MIN),
        ({'HTTP_OPENSTACK_API_VERSION': 'compute 2.19'}, Version(2, 19)),
        ({'HTTP_X_OPENSTACK_NOVA_API_VERSION': '2.90'}, Version(2, 90)),
        (
            {
                'openstack.legacy_v2': True,
                'HTTP_OPENSTACK_API_VERSION': 'compute 2.19',
            },
            LEGACY_V2,
        ),
    ],
)
def test_the_version_of_a_request_is_in_its_environ(environ, version):
    assert requested(environ) == version


@pytest.mark.parametrize(
    ('text', 'version'), [('compute 2.19', Version(2, 19)), ('x', MIN)]
)
def test_the_version_of_a_response_is_in_its_headers(text, version):
    assert of_response([(STANDARD, text)]) == version


def test_a_version_of_many_digits_is_cut():
    digits = '1234567890'

    assert read([(STANDARD, f'compute 2.{digits}')]) == (2, 123456789)


def test_a_version_reads_as_nova_writes_it():
    assert str(Version(2, 104)) == '2.104'
