"""The floors of the house: imports go down only."""

import ast
from pathlib import Path

import pytest

import nova_update_guard

# From the ground up; a floor may have a step. Facts, tables, judgement: pure.
PURE_FLOORS = (
    ('bounded_cache',),
    (
        'compute_api.microversions',
        'compute_api.patterns',
        'compute_api.python_json',
        'layers.modes',
    ),
    (
        'compute_api.documents',
        'layers.keyed_hash',
        'compute_api.schemas',
        'layers.stored_values',
    ),
    ('layers.value_schemas',),
    (
        'compute_api.faults',
        'compute_api.update_fields',
        'compute_api.server_attributes',
        'compute_api.routes',
        'compute_api.action_fields',
    ),
    (
        'policy.targets',
        'policy.defaults',
        'layers.redaction_plan',
        'layers.one_parameter',
        'layers.field_validation',
    ),
    (
        'layers.field_policy',
        'layers.redaction',
        'policy.checks',
        'proxy.headers',
        'layers.changes',
    ),
    (
        'proxy.http_syntax',
        'deploy.known_clients',
        'layers.list_query',
        'middleware.decision',
        'layers.constraints',
    ),
    ('audit.record', 'report.findings', 'report.timeline'),
    ('report.grouping', 'report.selection'),
    ('report.tally', 'report.cells', 'report.chart'),
    ('report.words',),
)
FLOORS = (
    *PURE_FLOORS,
    (
        'conf.options',
        'policy.yaml_file',
        'middleware.identity',
        'middleware.deadlines',
        'deploy.paste_file',
    ),
    (
        'middleware.request_body',
        'conf.loader',
        'policy.enforcer',
        'middleware.response',
        'policy.reloader',
        'policy.files',
    ),
    ('conf.guard', 'conf.proxy', 'conf.metrics'),
    (
        'middleware.refusals',
        'audit.log',
        'audit.metrics',
        'audit.notifications',
        'policy.loader',
    ),
    ('deploy.nova_policy', 'audit.notifier'),
    ('report.lines', 'report.whole_files', 'report.page'),
    ('report.progress',),
    ('report.inputs',),
    ('proxy.curl',),
    ('proxy.connection',),
    ('proxy.exchange',),
    (
        'proxy.auth_token_options',
        'proxy.auth_token_cache',
        'proxy.keystone_cache',
    ),
    (
        'proxy.upstream',
        'middleware.lookup',
        'proxy.auth_token',
        'proxy.health',
    ),
    ('middleware.update_request',),
    ('middleware.response_redaction',),
    (
        'middleware.guard',
        'proxy.app',
        'audit.metrics_page',
        'proxy.request_id',
        'proxy.token_cache',
    ),
    ('deploy.observers', 'deploy.start_checks'),
    (
        'deploy.filters',
        'policy.tools',
        'wsgi',
        'cmd.report',
        'cmd.main',
        'cmd.check',
    ),
    ('deploy.proxy',),
)
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
HOUSE = Path(nova_update_guard.__file__).parent
MODULES = sorted(
    '.'.join(path.relative_to(HOUSE).with_suffix('').parts)
    for path in HOUSE.rglob('*.py')
    if path.stem != '__init__'
)
PURE = [name for names in PURE_FLOORS for name in names]
OUTSIDE = {'logging', 'os', 'oslo_config', 'paste', 'pathlib', 'time', 'webob'}


def imports(module):
    path = HOUSE.joinpath(*module.split('.')).with_suffix('.py')
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def ours(module):
    """Yield the modules of ours that *module* imports."""
    for name in imports(module):
        inside = name.removeprefix('nova_update_guard.')
        if inside != name:
            one, two, *_ = [*inside.split('.'), '']
            yield one if one in FLOOR else f'{one}.{two}'


@pytest.mark.parametrize('module', MODULES)
def test_imports_go_down_only(module):
    above = [name for name in ours(module) if FLOOR[name] >= FLOOR[module]]

    assert above == []


@pytest.mark.parametrize('module', PURE)
def test_the_lower_floors_touch_nothing_outside(module):
    outside = {name.split('.')[0] for name in imports(module)} & OUTSIDE

    assert outside == set()
