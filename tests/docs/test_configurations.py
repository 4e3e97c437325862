"""Each configuration, policy and paste file on a page is one that loads."""

import ast
import configparser
import re
import sys
from pathlib import Path

import pytest
import yaml
from keystoneauth1 import loading
from keystonemiddleware import opts as keystonemiddleware
from oslo_config import cfg
from oslo_middleware import opts as oslo_middleware

from nova_update_guard.conf import guard, options
from nova_update_guard.deploy import filters, start_checks
from nova_update_guard.layers.modes import LAYERS
from tests.docs import owners, pages
from tests.docs.pages import ROOT, SOURCE

OURS = owners.owned('tests/docs/test_configurations.py')
NOVA = Path(sys.prefix) / 'etc' / 'nova' / 'api-paste.ini'
_PASTE = ('filter:', 'composite:', 'pipeline:', 'app:')
_HERE_DOCUMENT = re.compile(r"<<'?END'?\n(.*?)^END$", re.DOTALL | re.MULTILINE)
_ROW = re.compile(r'^\| ((?:`\w+`(?:, )?)+) \|', re.MULTILINE)
_TABLES = (SOURCE / 'configuration' / 'index.md').read_text()


def of(*kinds):
    chosen = [block for block in OURS if block.kind in kinds]
    return pytest.mark.parametrize(
        'block', chosen, ids=[block.place for block in chosen]
    )


def known():
    """Return all options that a file of the guard can have, by group."""
    found = {}
    for group, several in (
        *options.list_opts(),
        *oslo_middleware.list_opts(),
        *keystonemiddleware.list_auth_token_opts(),
    ):
        found.setdefault(group or 'DEFAULT', []).extend(several)
    return found


KNOWN = known()


def wrong(text, folder):
    """Yield what a configuration names that there is not, or cannot have."""
    file = folder / 'nova-update-guard.conf'
    file.write_text(text)
    sections = {}
    cfg.ConfigParser(str(file), sections).parse()
    for group, given in sections.items():
        there = {option.dest: option for option in KNOWN.get(group, [])}
        for name, values in given.items():
            if name not in there:
                # Of the plug-in that auth_type names.
                if group != 'keystone_authtoken' or name not in _password():
                    yield f'[{group}] {name}'
            else:
                for value in values:
                    there[name].type(value)


def _password():
    plugin = loading.get_plugin_loader('password')
    return {option.dest for option in plugin.get_options()} | {'auth_type'}


def is_paste(text):
    return any(f'[{kind}' in text for kind in _PASTE)


@of('ini')
def test_a_configuration_names_options_that_there_are(block, tmp_path):
    if is_paste(block.text):
        return
    assert [*wrong(block.text, tmp_path)] == []


@of('ini')
def test_a_configuration_of_the_guard_starts_it(block, tmp_path):
    if '[update_guard]' not in block.text:
        return
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(
        block.text.replace('/var/log/nova-update-guard', str(tmp_path))
    )

    guard.load({'oslo_config_file': str(file)}, LAYERS)
    filters.update_guard({}, oslo_config_file=str(file))


@of('ini')
def test_a_paste_file_has_the_guard_where_it_must_stand(block, tmp_path):
    if not is_paste(block.text):
        return
    sample = configparser.RawConfigParser()
    sample.read(ROOT / 'etc' / 'nova-update-guard' / 'nova-api-paste.ini')
    shown = configparser.RawConfigParser()
    shown.read_string(block.text)

    for section in {*shown.sections()} & {*sample.sections()}:
        assert dict(shown[section]) == dict(sample[section])


@pytest.mark.integration
def test_metrics_come_first_where_nova_serves_no_version():
    (block,) = (
        block
        for block in pages.blocks('operations/metrics.md', 'ini')
        if is_paste(block.text)
    )
    shown = configparser.RawConfigParser()
    shown.read_string(block.text)
    nova = configparser.RawConfigParser()
    nova.read(NOVA)

    assert nova['composite:osapi_compute']['/'] == 'oscomputeversions'
    section = 'pipeline:oscomputeversions'
    assert dict(shown[section]) == {
        'pipeline': f'metrics {nova[section]["pipeline"]}'
    }
    assert dict(shown['filter:metrics']) == {
        'use': 'egg:nova_update_guard#metrics'
    }


@pytest.mark.parametrize('page', ['installation/proxy.md', 'tutorial.md'])
def test_a_here_document_names_options_that_there_are(page, tmp_path):
    texts = [
        text
        for block in pages.blocks(page, 'sh')
        for text in _HERE_DOCUMENT.findall(block.text)
        # Neither a policy nor the rules of a firewall.
        if 'update_guard:' not in text and not text.startswith('table ')
    ]

    assert texts
    for text in texts:
        if '[' not in text:
            text = f'[update_guard]\n{text}'
        # What is commented out is an option, too.
        named = re.sub(r'^# (\w+ = )', r'\1', text, flags=re.MULTILINE)
        assert [*wrong(named, tmp_path)] == []


def test_the_policy_of_the_tutorial_is_none_that_a_start_warns_of(
    tmp_path, caplog
):
    (text,) = (
        text
        for block in pages.blocks('tutorial.md', 'sh')
        for text in _HERE_DOCUMENT.findall(block.text)
        if 'update_guard:' in text
    )
    file = tmp_path / 'policy.yaml'
    file.write_text(text)
    start_checks._say.cache_clear()

    filters.update_guard({}, policy_file=str(file))

    assert str(file) not in caplog.text


@of('yaml')
def test_a_policy_or_constraints_file_stops_no_start(block, tmp_path, caplog):
    rules = yaml.safe_load(block.text)
    is_policy = any(str(name).startswith('update_guard:') for name in rules)
    name = 'policy_file' if is_policy else 'constraints_file'
    file = tmp_path / f'{name}.yaml'
    file.write_text(block.text)
    start_checks._say.cache_clear()

    filters.update_guard({}, **{name: str(file)})

    assert [
        record.getMessage()
        for record in caplog.records
        if str(file) in record.getMessage()
    ] == []


@of('python')
def test_python_on_a_page_is_python(block):
    ast.parse(block.text)
    for name in re.findall(r"'(nova_update_guard\.[\w.]+)'", block.text):
        assert (ROOT / f'{name.replace(".", "/")}.py').is_file()


@pytest.mark.parametrize('group', ['update_guard', 'proxy'])
def test_the_tables_of_options_have_all_and_no_other(group):
    own, _, proxy = _TABLES.partition('## The proxy')
    text = proxy if group == 'proxy' else own
    found = [
        name
        for cell in _ROW.findall(text)
        for name in re.findall(r'`(\w+)`', cell)
    ]

    assert sorted(found) == sorted(
        option.name for option in options.GROUPS[group]
    )
