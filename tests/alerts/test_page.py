"""The configuration that the page shows is one that the guard takes."""

import inspect
import shutil
import subprocess

import pytest
import yaml
from keystoneauth1.identity.generic import base
from keystonemiddleware import auth_token
from keystonemiddleware.auth_token import _identity
from prometheus_client.utils import floatToGoString

from nova_update_guard.conf import metrics
from nova_update_guard.proxy import auth_token as own
from tests.alerts import page, rules
from tests.docs import pages


def test_the_options_of_the_page_let_prometheus_read_the_metrics(tmp_path):
    (text,) = page.blocks('ini')
    shown = 'directory = /run/nova-update-guard\n'
    assert text.count(shown) == 1
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(text.replace(shown, f'directory = {tmp_path}\n'))

    settings = metrics.load({'oslo_config_file': str(file)})

    assert settings.path == '/metrics'
    assert [*map(str, settings.allowed_networks)] == ['192.0.2.20/32']


def test_each_panel_of_the_dashboard_is_one_query():
    text = page.PAGE.read_text()
    panels = text.partition('## Dashboard\n')[2].count('\n### ')

    assert len(page.blocks('text')) == panels


def test_the_page_counts_the_rules_as_promtool_does():
    words = {6: 'six', 12: 'twelve'}
    alerts, every = len(rules.alerts()), len(rules.rules())
    text = ' '.join(page.PAGE.read_text().split())

    assert f'has {words[alerts]} alerts on' in text
    assert f'and {words[every - alerts]} recording rules' in text
    assert f' {every} rules for `promtool`' in text


@pytest.mark.parametrize(
    'revision', ['51f328826667', '000000000001', 'f' * 12]
)
def test_a_revision_of_prometheus_is_written_as_check_writes_it(revision):
    """A query gives a decimal number, and the page of the metrics this."""
    (block,) = (each for each in page.blocks('console') if 'printf' in each)
    command, shown = block.removeprefix('$ ').splitlines()
    said = floatToGoString(int(shown, 16))
    assert command.count(said) == 1

    value = int(revision, 16)
    for number in (floatToGoString(value), f'{value}'):
        done = subprocess.run(
            ['bash', '-c', command.replace(said, number)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == revision


def test_the_runbook_of_each_alert_becomes_a_link(tmp_path):
    (block,) = (each for each in page.blocks('console') if 'sed' in each)
    file = tmp_path / 'alerts.yaml'
    shutil.copy(rules.FILE, file)
    command = block.removeprefix('# ')
    shipped = '/etc/prometheus/nova-update-guard.yaml'
    assert command.endswith(f' {shipped}\n')

    subprocess.run(
        ['bash', '-c', command.replace(shipped, str(file))], check=True
    )

    (group,) = yaml.safe_load(file.read_text())['groups']
    links = [
        rule['annotations']['runbook']
        for rule in group['rules']
        if 'alert' in rule
    ]
    assert len(links) == len(rules.alerts())
    for link in links:
        address, _, heading = link.partition('#')
        assert address == 'https://docs.example.com/operations/alerts.html'
        assert heading in pages.headings(page.PAGE)


def test_the_log_has_the_texts_that_the_page_has_for_keystone():
    """They are others', and may change with them."""
    text = page.PAGE.read_text()
    _, _, below = text.partition('\n### NovaUpdateGuardKeystoneFails\n')
    section = below.partition('\n### ')[0]

    for module, message in (
        (auth_token, 'Unable to validate token: '),
        (_identity, 'Identity server rejected authorization'),
        (base, 'Could not find versioned identity endpoints'),
        (own, 'keystone cannot verify tokens: '),
    ):
        assert message in inspect.getsource(module)
        assert message in section
