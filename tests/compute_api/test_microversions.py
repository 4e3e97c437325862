import pytest

from nova_update_guard.compute_api.microversions import (
    MAX,
    MIN,
    BadVersionError,
    Version,
    read,
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
    with pytest.raises(BadVersionError, match=f'String {text} is of invalid'):
        read([(STANDARD, f'compute {text}')])


def test_a_version_reads_as_nova_writes_it():
    assert str(Version(2, 104)) == '2.104'
