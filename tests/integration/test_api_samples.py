"""The command that runs nova's API-sample tests, but for the tests."""

import pytest

from tests.api_samples import __main__ as command
from tests.api_samples import pipelines
from tests.api_samples.worker import FAILED, PASSED, Outcome

HERE = Outcome('a', PASSED, '')
FAILED_HERE = Outcome('a', FAILED, 'why')


@pytest.mark.parametrize(
    ('without', 'guarded', 'status'),
    [
        ({'a': HERE}, {'a': HERE}, 0),
        ({'a': FAILED_HERE}, {'a': FAILED_HERE}, 0),
        ({'a': HERE}, {'a': FAILED_HERE}, 1),
        ({'a': HERE}, {}, 1),
        ({}, {'a': HERE}, 1),
        ({}, {}, 1),
    ],
)
def test_a_test_that_ends_differently_or_is_left_out_fails(
    without, guarded, status
):
    assert command._report({'without': without, 'with': guarded}) == status


def test_the_guard_is_last_before_the_app_in_both_pipelines(tmp_path):
    text = pipelines.guarded(tmp_path, ['one_parameter=off']).read_text()
    last = [
        line.split()[-2:]
        for line in text.splitlines()
        if line.startswith('keystone =')
    ]

    assert last == [['update_guard', 'osapi_compute_app_v21']] * 2
    assert 'one_parameter=off' in text


def test_without_it_the_file_is_nova_s_own(tmp_path):
    assert 'update_guard' not in pipelines.plain(tmp_path).read_text()
