"""Each alert that ships fires when it should, and not just short of that."""

import re
from pathlib import Path

import pytest
import yaml

from tests.alerts import rules
from tests.alerts.cases import CASES

PAGE = 'doc/source/operations/alerts.md'
ROOT = Path(__file__).parents[2]

needs_promtool = pytest.mark.skipif(
    rules.PROMTOOL is None, reason=rules.INSTALL
)


@needs_promtool
def test_promtool_finds_no_mistake():
    said = rules.promtool('check', 'rules', '--lint-fatal', rules.FILE)

    assert f'SUCCESS: {len(rules.rules())} rules found' in said


def test_each_alert_has_a_case():
    assert {case.alert for case in CASES} == rules.alerts().keys()


@needs_promtool
@pytest.mark.parametrize(
    'case',
    [
        pytest.param(case, id=f'{case.alert}-{number}')
        for number, case in enumerate(CASES)
    ],
)
def test_an_alert_fires_in_time_and_not_before(case, tmp_path):
    severity = rules.alerts()[case.alert]['labels']['severity']
    labels = {
        '__name__': 'ALERTS',
        'alertname': case.alert,
        'alertstate': 'firing',
        'severity': severity,
        **case.labels,
    }
    expected = ', '.join(f'{key}="{text}"' for key, text in labels.items())
    # Also when nothing is left of the usual half hour in the windows.
    later = (case.before, case.after, case.after + 25)

    told = {case.before: [], case.after: [f'{{{expected}}}']}
    if case.over:
        told |= {case.over: [], case.over + 5: []}

    play(
        tmp_path,
        expecting(case.alert, case.firing, told),
        *(
            expecting(case.alert, series, {key: [] for key in later})
            for series in case.quiet
        ),
        every=case.every,
    )


def expecting(alert, series, expected):
    """Return a test for promtool: what fires after so many minutes."""
    return {
        'interval': '1m',
        'input_series': [
            {'series': name, 'values': values}
            for name, values in series.items()
        ],
        'promql_expr_test': [
            {
                'expr': f'ALERTS{{alertname="{alert}",alertstate="firing"}}',
                'eval_time': f'{minutes}m',
                'exp_samples': [
                    {'labels': labels, 'value': 1} for labels in firing
                ],
            }
            for minutes, firing in expected.items()
        ],
    }


def play(folder, *tests, every):
    """Let promtool run *tests*; fail with what it says."""
    file = folder / 'alerts.test.yaml'
    document = {
        'rule_files': [str(rules.FILE)],
        'evaluation_interval': f'{every}m',
        'tests': [*tests],
    }
    file.write_text(yaml.safe_dump(document))
    rules.promtool('test', 'rules', file)


@pytest.mark.parametrize('name', rules.alerts())
def test_an_alert_tells_what_to_do_and_where_to_read_more(name):
    alert = rules.alerts()[name]
    said = alert['annotations']
    page, _, anchor = said['runbook'].partition('#')

    assert alert['labels']['severity'] in ('critical', 'warning')
    assert said.keys() == {'summary', 'description', 'runbook'}
    assert page == PAGE
    assert anchor == name.lower()
    headings = re.findall(
        r'^### (\w+)$', (ROOT / PAGE).read_text(), re.MULTILINE
    )
    assert name in headings


def test_the_page_has_a_section_for_each_alert_and_no_other():
    text = (ROOT / PAGE).read_text()

    sections = re.findall(r'^### (NovaUpdateGuard\w+)$', text, re.MULTILINE)
    assert sections == [*rules.alerts()]
    rows = re.findall(r'^\| \[(NovaUpdateGuard\w+)\]', text, re.MULTILINE)
    assert rows == sections


def test_alerts_use_metrics_of_the_guard():
    shipped = set(
        re.findall(r'\bnova_update_guard_\w+', rules.FILE.read_text())
    )
    known = set(
        re.findall(
            r"'(nova_update_guard_\w+)'",
            (ROOT / 'nova_update_guard/audit/metrics.py').read_text(),
        )
    )
    recorded = {'nova_update_guard_refused', 'nova_update_guard_passed'}

    assert {
        re.sub('_(?:total|bucket|count)$', '', name) for name in shipped
    } <= known | recorded
