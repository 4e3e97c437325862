"""A layer is one row: options, filters and the report follow from it."""

import configparser
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nova_update_guard.layers.modes import LAYERS
from tests import added_rows
from tests.decisions import record

ROW = "Layer('spelling', 'Refuse bad spelling.', checks=('update',)),"


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A folder with a copy of the package that has the row."""
    rows = {('layers/modes.py', 'TABLE'): ROW}
    return added_rows.copied(tmp_path_factory.mktemp('copy'), rows)


@pytest.fixture
def _imported(folder):
    with added_rows.imported(folder):
        yield


@pytest.mark.usefixtures('_imported')
@pytest.mark.parametrize('name', ['spelling', 'update_guard'])
def test_the_filter_and_the_option_of_a_layer_are_there(name):
    factory = getattr(added_rows.module('deploy.filters'), name)
    error = added_rows.module('conf.loader').OptionError

    assert factory({}, spelling='off')
    with pytest.raises(error, match='spelling'):
        factory({}, spelling='maybe')


def test_there_is_no_filter_of_another_name():
    filters = added_rows.module('deploy.filters')

    assert not hasattr(filters, 'spelling')


def test_the_sample_configuration_has_the_option(folder):
    tool = Path(sys.executable).with_name('oslo-config-generator')
    sample = subprocess.run(
        [tool, '--namespace', added_rows.PACKAGE],
        env={**os.environ, 'PYTHONPATH': str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert '# Refuse bad spelling.' in sample
    assert '#spelling = enforce' in sample


@pytest.mark.usefixtures('_imported')
def test_the_report_reads_records_of_the_layer():
    line = json.dumps(record(layer='spelling')).encode()

    assert added_rows.module('report.findings').read(line).layer == 'spelling'


@pytest.mark.usefixtures('_imported')
def test_it_is_among_the_layers_that_check_an_update():
    modes = added_rows.module('layers.modes')

    assert modes.UPDATE[-1] == 'spelling'
    assert 'spelling' not in modes.ACTION


def test_setup_cfg_has_an_entry_point_for_each_layer():
    setup = configparser.ConfigParser()
    setup.read(added_rows.ROOT / 'setup.cfg')
    lines = setup['options.entry_points']['paste.filter_factory'].split('\n')
    points = dict(line.split(' = ') for line in lines if line)
    module = f'{added_rows.PACKAGE}.deploy.filters'

    for name in (*LAYERS, 'update_guard', 'metrics'):
        assert points[name] == f'{module}:{name}'
        assert callable(getattr(added_rows.module('deploy.filters'), name))
    ours = {name for name, place in points.items() if module in place}
    assert ours == {*LAYERS, 'update_guard', 'metrics'}
