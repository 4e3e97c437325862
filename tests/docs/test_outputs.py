"""Lines of logs and of the report are those that the guard writes."""

import itertools
import json
import re
import shlex

import pytest

from nova_update_guard.deploy import filters
from nova_update_guard.policy.mistakes import PolicyError
from tests.cmd.running import run
from tests.docs import pages
from tests.standin import as_
from tests.updates import put

SERVER = '642b7726-bc3b-4824-872b-124097d2d20c'


def test_the_report_of_the_page_is_that_of_such_records(tmp_path):
    (block,) = pages.blocks('operations/report.md', 'console')
    command, _, table = block.text.partition('\n')
    two = ['name', 'description']
    groups = [
        (431, 'python-novaclient', two, '2026-11-24T10:59:00Z'),
        (
            87,
            'Terraform/1.9.8 gophercloud/v2.1.0',
            ['accessIPv4'],
            '2026-11-24T10:55:00Z',
        ),
    ]
    lines = itertools.chain.from_iterable(
        [record(*group)] * number for number, *group in groups
    )
    log = tmp_path / 'decisions.log'
    log.write_text(''.join(lines))

    words = shlex.split(command.replace('decisions.log', f'{log}'))
    done = run(*words[2:])

    assert done.stdout.decode() == table


def record(client, fields, time):
    known = {
        'time': time,
        'client': client,
        'operation': 'update',
        'verdict': 'refuse',
        'mode': 'audit',
        'layer': 'one_parameter' if len(fields) > 1 else 'field_policy',
        'rule': f'update_guard:server:update:{fields[0]}'
        if len(fields) == 1
        else None,
        'fields': fields,
        'status': 200,
        'sample': 1.0,
        **dict.fromkeys(('user_id', 'project_id', 'microversion', 'revision')),
    }
    return json.dumps(known) + '\n'


def pattern(text):
    """Return the pattern of a line in which … stands for anything."""
    return '.*'.join(map(re.escape, text.strip().split('…')))


def test_a_misspelt_rule_is_logged_as_the_page_shows_it(tmp_path):
    (block,) = pages.blocks('policy/rules.md', 'text')
    file = tmp_path / 'update-guard-policy.yaml'
    file.write_text('# One\n# Two\nupdate_guard:server:show:nme: "@"\n')

    with pytest.raises(PolicyError) as error:
        filters.update_guard({}, policy_file=str(file))

    shown = block.text.replace('/etc/nova-update-guard', str(tmp_path))
    assert re.fullmatch(pattern(shown), str(error.value), re.DOTALL)


def test_a_refusal_is_logged_as_the_page_shows_it(guarded, caplog):
    (block,) = pages.blocks('reference/responses.md', 'text')
    guard = guarded('update_guard:server:update:name: "!"')
    caplog.set_level('INFO')
    caller = as_('member', user='8d5f1', project='f5d81')

    put(
        guard, {'server': {'name': 'a'}}, caller, 403, f'/servers/642b{SERVER}'
    )

    (line,) = (
        record.getMessage()
        for record in caplog.records
        if record.name == 'nova_update_guard.refusals'
    )
    assert re.fullmatch(pattern(block.text), line)


def test_the_page_of_metrics_has_each_metric_and_no_other():
    page = (pages.SOURCE / 'operations' / 'metrics.md').read_text()
    module = pages.ROOT / 'nova_update_guard' / 'audit' / 'metrics.py'
    made = re.findall(
        r"(Counter|Gauge|Histogram)\(\s*'(\w+)'", module.read_text()
    )

    # The library adds _total to a counter itself.
    assert {*re.findall(r'`(nova_update_guard_\w+)`', page)} == {
        f'{name}_total' if kind == 'Counter' else name for kind, name in made
    }


def test_the_table_of_the_speed_has_what_was_measured():
    page = (pages.SOURCE / 'reference' / 'speed.md').read_text()
    kept = json.loads((pages.ROOT / 'doc' / 'bench.json').read_text())
    table = [
        [cell.strip() for cell in line.split(' | ')]
        for line in page.splitlines()
        if line.startswith('| ')
    ]

    shown = [
        (work.removeprefix('| '), against, float(ratio))
        for work, against, ratio, *_ in table[2:]
    ]
    measured = [
        (work, against, pytest.approx(ratios[0], rel=0.05))
        for work, against, ratios, *_ in kept['rows']
    ]
    assert shown == measured
