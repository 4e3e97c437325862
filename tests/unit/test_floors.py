"""The floors of the house: imports go down only."""

import ast
from pathlib import Path

import pytest

import nova_update_guard

# From the ground up; a floor may have a step.
FLOORS = (
    ('microversion', 'schemas', 'keys', 'documents', 'layers'),
    ('host_ids',),
    ('faults', 'editable', 'visible', 'routes', 'doors'),
    ('targets', 'policies', 'plans', 'one_parameter', 'field_validation'),
    (
        'field_policy',
        'redaction',
        'checks',
        'forwarding',
        'changes',
        'constraints',
    ),
    (
        'well_formed',
        'known_clients',
        'list_keys',
        'cases',
        'findings',
        'timeline',
    ),
    ('decisions', 'grouping', 'selection'),
    ('tally', 'cells', 'report_chart'),
    ('report_words',),
    ('options', 'yaml_files', 'callers', 'bodies', 'pastefile'),
    ('conf', 'enforcer', 'answers', 'watch', 'policy_files'),
    ('guard_conf', 'proxy_conf', 'metrics_conf'),
    ('refusals', 'records', 'metrics', 'notices', 'cadf', 'loading'),
    ('nova_policies',),
    ('notifier',),
    ('record_lines', 'whole_files', 'report_page'),
    ('progress',),
    ('report_inputs',),
    ('curl',),
    ('line',),
    ('exchange',),
    ('upstream', 'lookup'),
    ('updates',),
    ('answering',),
    ('filters', 'proxy', 'metrics_page', 'request_ids', 'verified'),
    ('observers', 'start_checks'),
    ('deploy', 'tools', 'wsgi', 'report', 'command_line'),
    ('deploy_proxy',),
)
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
HOUSE = Path(nova_update_guard.__file__).parent
MODULES = sorted(path.stem for path in HOUSE.glob('*.py'))
# The pure floors: facts, tables, judgement.
PURE = [name for names in FLOORS[:9] for name in names]
OUTSIDE = {'logging', 'os', 'oslo_config', 'paste', 'pathlib', 'time', 'webob'}


def imports(module):
    tree = ast.parse((HOUSE / f'{module}.py').read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def ours(module):
    for name in imports(module):
        if name.startswith('nova_update_guard.'):
            yield name.split('.')[1]


@pytest.mark.parametrize('module', [m for m in MODULES if m != '__init__'])
def test_imports_go_down_only(module):
    above = [name for name in ours(module) if FLOOR[name] >= FLOOR[module]]

    assert above == []


@pytest.mark.parametrize('module', PURE)
def test_the_lower_floors_touch_nothing_outside(module):
    outside = {name.split('.')[0] for name in imports(module)} & OUTSIDE

    assert outside == set()
