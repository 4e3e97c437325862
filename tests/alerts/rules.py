"""The alerts that ship, and the programs that read them."""

import shutil

import yaml

from tests.cloud.proxies import SHIPPED
from tests.commands import run

FILE = SHIPPED / 'prometheus-alerts.yaml'
JOB = 'nova-update-guard'
INSTALL = 'Prometheus is not installed: apt-get install prometheus'
PROMTOOL = shutil.which('promtool')
PROMETHEUS = shutil.which('prometheus')


def rules():
    """Return all rules of the file."""
    (group,) = yaml.safe_load(FILE.read_text())['groups']
    return group['rules']


def alerts():
    """Return the alerts by name."""
    return {rule['alert']: rule for rule in rules() if 'alert' in rule}


def promtool(*arguments):
    """Return what promtool says; fail with it if it finds a mistake."""
    return run(PROMTOOL, *arguments)
