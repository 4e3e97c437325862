"""A real Prometheus scrapes two real guards, by the page and the file."""

import re
import shutil
import time
from contextlib import ExitStack, closing
from urllib.parse import quote

import pytest
import yaml

from tests.alerts import page, rules
from tests.cloud import ports, web
from tests.cloud.processes import Service, surroundings
from tests.proxy import serving
from tests.proxy.client import request, send, update
from tests.proxy.keystone import ADMIN, Keystone
from tests.proxy.listening import HOST
from tests.proxy.nova import Nova

pytestmark = pytest.mark.skipif(
    None in (rules.PROMETHEUS, rules.PROMTOOL), reason=rules.INSTALL
)
SECONDS = 90
POLICY = 'update-guard-policy.yaml'
OTHER = 'update_guard:server:update:description: "!"\n'
DIFFER = 'NovaUpdateGuardRevisionsDiffer'
STALE = 'NovaUpdateGuardPolicyStale'
SHIPPED = '/etc/prometheus/nova-update-guard.yaml'


class Site:
    """Two guards before a nova, and a Prometheus that scrapes them."""

    def __init__(self, folder, guards, stack):
        self.guards = guards
        port = ports.free()
        self.url = f'http://{HOST}:{port}'
        self._service = Service(
            'Prometheus',
            [
                rules.PROMETHEUS,
                f'--config.file={configured(folder, guards)}',
                f'--storage.tsdb.path={folder}/data',
                f'--web.listen-address={HOST}:{port}',
            ],
            f'{self.url}/-/ready',
            folder / 'prometheus.log',
            surroundings(),
        )
        stack.callback(self._service.stop)
        self._service.start()
        self._service.wait(60)

    def get(self, path):
        """Return the data of Prometheus' response."""
        document = web.send('GET', f'{self.url}/api/v1/{path}').json
        assert document['status'] == 'success', document
        return document['data']

    def query(self, text):
        """Return the series that a query finds."""
        return self.get(f'query?query={quote(text)}')['result']

    def firing(self):
        """Return what fires: its annotations by alert and guard or job."""
        return {
            (
                alert['labels']['alertname'],
                alert['labels'].get('instance', alert['labels'].get('job')),
            ): alert['annotations']
            for alert in self.get('alerts')['alerts']
            if alert['state'] == 'firing'
        }

    def fires(self, *expected):
        """Wait until exactly these fire; return their annotations."""
        return eventually(
            self.firing, lambda found: found.keys() == {*expected}
        )


def configured(folder, guards):
    """Return the configuration that the page shows, for *guards*."""
    (text,) = page.blocks('yaml')
    document = yaml.safe_load(text)
    assert document['rule_files'] == [SHIPPED]
    (job,) = document['scrape_configs']
    (static,) = job['static_configs']
    assert len(static['targets']) == len(guards)
    static['targets'] = [*map(target, guards)]
    job['scrape_interval'] = '1s'
    alerts = folder / 'alerts.yaml'
    # Nobody waits for minutes here.
    alerts.write_text(
        re.sub(r'\bfor: \d+m', 'for: 2s', rules.FILE.read_text())
    )
    document['rule_files'] = [str(alerts)]
    document['global'] = {'evaluation_interval': '1s'}
    file = folder / 'prometheus.yml'
    file.write_text(yaml.safe_dump(document))
    rules.promtool('check', 'config', file)
    return file


def target(guard):
    return f'{HOST}:{guard.address.port}'


def eventually(ask, holds):
    """Return what *ask* returns as soon as it *holds*."""
    deadline = time.monotonic() + SECONDS
    while not holds(found := ask()):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


@pytest.fixture
def site(tmp_path_factory):
    """Two guards, one with a policy of its own, and Prometheus."""
    with ExitStack() as stack:
        nova = stack.enter_context(closing(Nova()))
        keystone = stack.enter_context(closing(Keystone()))
        guards = [
            stack.enter_context(
                serving.configured(name, nova, keystone, tmp_path_factory)
            )
            for name in serving.SERVERS
        ]
        yield Site(tmp_path_factory.mktemp('prometheus'), guards, stack)


def test_prometheus_sees_guards_that_differ_and_a_broken_file(site):
    one, other = site.guards
    eventually(
        lambda: {
            series['metric']['instance']: series['value'][1]
            for series in site.query('up')
        },
        lambda up: up == {target(one): '1', target(other): '1'},
    )

    site.fires()
    # From here on, no guard gets a request.
    (other.folder / POLICY).write_text(OTHER)
    differ = (DIFFER, rules.JOB)
    site.fires(differ)
    (other.folder / POLICY).write_text('a: [')
    stale = (STALE, target(other))
    said = site.fires(differ, stale)
    assert target(other) in said[stale]['summary']
    shutil.copy(other.folder / POLICY, one.folder)
    site.fires(differ, stale, (STALE, target(one)))
    for guard in site.guards:
        (guard.folder / POLICY).write_text(OTHER)
    site.fires()


def test_each_query_of_the_dashboard_finds_something(site):
    for guard in site.guards:
        for _ in range(3):
            ask(guard.address)
            time.sleep(1.5)

    for query in page.blocks('text'):
        eventually(lambda query=query: site.query(query), bool)
    for rule in rules.rules():
        site.query(rule['expr'])


def ask(address):
    """Let a guard decide in each way."""
    assert send(address).status == 200
    assert send(address, update(token=ADMIN)).status == 200
    assert send(address, update(hostname='a')).status == 400
    check = request('GET /healthcheck', token=None)
    assert send(address, check).status == 200
