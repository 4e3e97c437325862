"""The oslo tools work on this package by its namespaces."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import defaults

NAME = 'update_guard:server:update:name'


def run(tool, *arguments, status=0, namespace='nova_update_guard'):
    command = Path(sys.executable).with_name(tool)
    done = subprocess.run(
        [command, '--namespace', namespace, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def conf(tmp_path):
    """Return a conf file that names a policy file beside it."""
    (tmp_path / 'update-guard-policy.yaml').write_text('')
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text('[update_guard]\n')
    return file


def test_the_sample_policy_has_every_rule_commented_out():
    sample = run('oslopolicy-sample-generator')

    assert yaml.safe_load(sample) is None
    for rule in defaults.list_rules():
        assert f'#"{rule.name}": "{rule.check_str}"' in sample


def test_the_policy_in_force_is_the_operators_over_the_defaults(conf):
    conf.with_name('update-guard-policy.yaml').write_text(f'{NAME}: "!"')

    merged = yaml.safe_load(
        run('oslopolicy-policy-generator', '--config-file', str(conf))
    )

    assert merged[NAME] == '!'
    assert merged.keys() == {rule.name for rule in defaults.list_rules()}


def test_the_policy_in_force_has_the_rules_of_declared_attributes(conf):
    conf.write_text('[update_guard]\nextra_attributes = RAX:a,RAX:b\n')
    rules = [f'update_guard:server:show:RAX:{name}' for name in 'ab']
    conf.with_name('update-guard-policy.yaml').write_text(f'{rules[0]}: "@"')

    merged = yaml.safe_load(
        run('oslopolicy-policy-generator', '--config-file', str(conf))
    )
    run('oslopolicy-validator', '--config-file', str(conf))

    assert [merged[rule] for rule in rules] == ['@', 'rule:context_is_admin']


@pytest.mark.parametrize(
    ('text', 'status'),
    [
        (f'{NAME}: role:member', 0),
        (f'{NAME}: nonsense', 1),
        (f'{NAME}: rule:nothing', 1),
        ('update_guard:server:update:nothing: "@"', 1),
    ],
)
def test_the_validator_finds_mistakes(conf, text, status):
    conf.with_name('update-guard-policy.yaml').write_text(text)

    run('oslopolicy-validator', '--config-file', str(conf), status=status)


def test_a_rule_equal_to_the_default_is_redundant(conf):
    default = 'rule:context_is_admin or role:member'
    conf.with_name('update-guard-policy.yaml').write_text(f'{NAME}: {default}')

    listed = run('oslopolicy-list-redundant', '--config-file', str(conf))

    assert NAME in listed


def test_the_sample_configuration_has_every_option():
    sample = run('oslo-config-generator')

    assert '[update_guard]' in sample
    for name in (
        *LAYERS,
        'counted_fields',
        'allowed_field_sets',
        'empty_update',
        'policy_file',
    ):
        assert f'#{name} =' in sample


@pytest.mark.parametrize(
    ('tool', 'generator', 'sample'),
    [
        (
            'oslo-config-generator',
            'config-generator.conf',
            'nova-update-guard.conf.sample',
        ),
        (
            'oslopolicy-sample-generator',
            'policy-generator.conf',
            'update-guard-policy.yaml.sample',
        ),
    ],
)
def test_the_samples_equal_the_output_of_the_generators(
    tmp_path, tool, generator, sample
):
    folder = Path(__file__).parents[2] / 'etc' / 'nova-update-guard'
    written = tmp_path / sample

    run(
        tool,
        '--config-file',
        str(folder / generator),
        '--output-file',
        str(written),
    )

    assert written.read_text() == (folder / sample).read_text()
