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
    served,
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


def environ(text):
    return {'HTTP_OPENSTACK_API_VERSION': f'compute {text}'}


NEWEST = [('Vary', 'Accept'), (STANDARD, 'compute 2.60')]


@pytest.mark.parametrize(
    ('sent', 'version'),
    [
        ({}, MIN),
        (environ('2.1'), MIN),
        (environ('2.60'), Version(2, 60)),
        (environ('latest'), Version(2, 60)),
        (environ('2.90') | {'openstack.legacy_v2': True}, LEGACY_V2),
    ],
)
def test_a_version_is_served_up_to_novas_newest(sent, version):
    assert served(sent, NEWEST) == version


@pytest.mark.parametrize('text', ['2.61', '3.0', '2.0', '1.99'])
def test_a_version_out_of_novas_range_is_406_in_its_words(text):
    with pytest.raises(BadVersionError) as error:
        served(environ(text), NEWEST)

    assert error.value.status == 406
    assert str(error.value) == (
        f'Version {text} is not supported by the API. Minimum is 2.1 and '
        'maximum is 2.60.'
    )


def test_where_nova_names_no_version_its_newest_is_the_guards():
    assert served(environ('latest'), [('Vary', 'Accept')]) == MAX


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
