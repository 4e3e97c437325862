"""What clients print of what is hidden, on the real cloud."""

import pytest

from tests.clients import reading, trials
from tests.cloud.clients import Clients
from tests.cloud.processes import ROOT

PAGE = ROOT / 'doc' / 'source' / 'reference' / 'command-line.md'
BEGIN = '<!-- Printed by python -m tests.clients: -->\n'
NOBODY = '00000000-0000-4000-8000-000000000000'


@pytest.fixture(scope='module')
def measured(running_cloud):
    trials.add_history(running_cloud)
    return trials.measure(running_cloud, trials.TYPICAL, print)


def test_no_client_stumbles(measured):
    assert [*trials.problems(*measured)] == []


def test_what_is_let_pass_is_the_sdk_s_own_fault(running_cloud):
    with Clients(running_cloud, module='tests.clients.programs') as clients:
        reported = clients.run('sdk', 'compute.server_ips', NOBODY)

    assert reported.words == "Traceback: KeyError: 'addresses'"


def test_the_page_has_what_is_printed(measured):
    _, _, found = PAGE.read_text().partition(BEGIN)

    assert found == ''.join(trials.lines(*measured))


def test_a_cell_that_is_another_is_read():
    before = '+--+\n| ID | Name |\n+--+\n| 1 | a |\n+--+\n'
    after = '+--+\n| ID | Name |\n+--+\n| 1 |  |\n+--+\n'
    rows = reading.rows(before), reading.rows(after)

    assert [*reading.differences(*rows)] == ['`Name` is empty']


def test_a_part_of_a_document_is_read():
    before = '[{"flavor": {"ram": 8, "vcpus": 2}, "id": 1}]'
    after = '[{"flavor": {"ram": 0, "vcpus": 2}, "id": 1}]'
    rows = reading.rows(before), reading.rows(after)

    assert [*reading.differences(*rows)] == ['`flavor.ram` is `0`']


def test_what_is_below_something_empty_is_not_read_again():
    before = '[{"addresses": {"private": [{"addr": "192.0.2.1"}]}}]'
    rows = reading.rows(before), reading.rows('[{"addresses": {}}]')

    assert [*reading.differences(*rows)] == ['`addresses` is empty']


def test_a_value_of_several_lines_is_read():
    before = '| Property | Value |\n| events | [{a: 1, |\n|  | b: 2}] |\n'
    after = before.replace('b: 2', 'b: 3')
    rows = reading.rows(before), reading.rows(after)

    assert [*reading.differences(*rows)] == ['`events` is `b: 3}]`']


def test_a_row_that_is_gone_is_read():
    row = {'ID': '1'}

    assert [*reading.differences([row, row], [row])] == ['1 rows instead of 2']
