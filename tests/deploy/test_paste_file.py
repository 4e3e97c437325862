"""Pipelines are judged by what Paste would load."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paste.deploy import loadapp

from nova_update_guard.deploy import paste_file

PARTS = 'tests.deploy.paste_parts'
NAMES = ('f0', 'f1', 'f2', 'f3', 'f4')
APP = 'paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory\n'
PLAIN = """
[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/v2.1/+: v21

[composite:v21]
use = call:nova.api.auth:pipeline_factory_v21
{v21}

[filter:guard]
use = egg:nova_update_guard#update_guard

[filter:sizelimit]
paste.filter_factory = oslo_middleware:RequestBodySizeLimiter.factory

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory

[filter:our_token]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory

[filter:request_id]
use = egg:nova_update_guard#request_id

{more}
"""


def filters_with(draw, at):
    """Return the filter that filter number *at* has, if any."""
    return draw(st.sampled_from(['', *NAMES[at + 1 :]]))


@st.composite
def paste_files(draw):
    """Return the texts of a paste file, and of another that it uses."""
    text, other = '', '[DEFAULT]\nwhere = other\n'
    for at, name in enumerate(NAMES):
        around = filters_with(draw, at)
        body = f'label = {name}\npaste.filter_factory = {PARTS}:filter\n' + (
            f'filter-with = {around}\n' if around else ''
        )
        if draw(st.booleans()) and not around:
            other += f'[filter:{name}]\n{body}'
            body = f'use = config:other.ini#{name}\nlabel = {name}\n'
        text += f'[filter:{name}]\n{body}'
    around = filters_with(draw, -1)
    text += f'[app:app]\nlabel = app\npaste.app_factory = {PARTS}:app\n' + (
        f'filter-with = {around}\n' if around else ''
    )
    apps = ['app']
    for number in range(draw(st.integers(1, 4))):
        name = f'a{number}'
        words = ' '.join(draw(st.lists(st.sampled_from(NAMES), max_size=3)))
        inner = draw(st.sampled_from(apps))
        # Paste cannot serve a pipeline that has it.
        outer = filters_with(draw, -1)
        with_filter = f'filter-with = {outer}\n' if outer else ''
        text += draw(
            st.sampled_from(
                [
                    f'[pipeline:{name}]\npipeline = {words} {inner}\n',
                    f'[composite:{name}]\n'
                    f'use = call:{PARTS}:pipeline_factory_v21\n'
                    f'noauth2 = nowhere {inner}\n'
                    f'keystone = {words} {inner}\n{with_filter}',
                    f'[composite:{name}]\n'
                    f'paste.composite_factory = {PARTS}:pipeline_factory_v21\n'
                    f'keystone = {words} {inner}\n{with_filter}',
                    f'[filter-app:{name}]\nuse = f0\nnext = {inner}\n',
                    f'[app:{name}]\nuse = {inner}\n',
                ]
            )
        )
        apps.append(name)
    text += (
        '[pipeline:never]\npipeline = nowhere nothing\n'
        f'[composite:osapi_compute]\nuse = call:{PARTS}:urlmap_factory\n'
    )
    for path in range(draw(st.integers(1, 3))):
        text += f'/{path}: {draw(st.sampled_from(apps))}\n'
    return text, other


def flat(built):
    return [tuple(filters) for *filters, _ in built]


@settings(max_examples=150, deadline=None)
@given(paste_files())
def test_pipelines_are_those_that_paste_builds(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp('paste')
    file = folder / 'api-paste.ini'
    file.write_text(texts[0])
    (folder / 'other.ini').write_text(texts[1])
    built = flat(loadapp(f'config:{file}', name='osapi_compute'))

    found = list(paste_file.pipelines(str(file)))

    assert [
        tuple(part.name for part in each.filters) for each in found
    ] == built


@pytest.fixture
def problems(tmp_path):
    """Return the problems of a paste file with this pipeline and sections."""

    def problems(v21, app=APP, more=''):
        file = tmp_path / 'api-paste.ini'
        text = PLAIN.format(v21=v21, more=f'[app:nova]\n{app}{more}')
        file.write_text(text)
        return paste_file.problems(str(file))

    return problems


@pytest.mark.parametrize(
    ('v21', 'app', 'more'),
    [
        ('keystone = authtoken guard nova', APP, ''),
        ('keystone = authtoken guard nova\nnoauth2 = nova', APP, ''),
        ('keystone = authtoken nova', f'{APP}filter-with = guard\n', ''),
        (
            'keystone = authtoken inner',
            APP,
            '[filter-app:inner]\nuse = guard\nnext = nova\n',
        ),
        ('keystone = authtoken guard nova', APP, '[pipeline:old]\na = b\n'),
        (
            'keystone = authtoken guard nova',
            APP,
            '[pipeline:x]\npipeline=nova',
        ),
    ],
)
def test_a_guard_right_before_nova_is_no_problem(problems, v21, app, more):
    assert problems(v21, app, more) == []


@pytest.mark.parametrize(
    ('v21', 'app', 'said'),
    [
        ('keystone = authtoken nova\nnoauth2 = guard nova', APP, ['without']),
        # These are no guards.
        ('keystone = authtoken request_id nova', APP, ['without']),
        ('keystone = guard nova', f'{APP}filter-with = sizelimit\n', ['size']),
        (
            'keystone = guard our_token nova',
            APP,
            ['between', 'our_token after'],
        ),
        (
            'keystone = authtoken nova\nfilter-with = guard',
            APP,
            ['has authtoken between', '401'],
        ),
    ],
)
def test_a_guard_elsewhere_is_a_problem(problems, v21, app, said):
    found = problems(v21, app)

    assert len(found) == len(said)
    for (section, problem), words in zip(found, said, strict=True):
        assert section == 'composite:v21'
        assert words in problem


def test_an_app_without_any_pipeline_is_a_problem(tmp_path):
    file = tmp_path / 'api-paste.ini'
    file.write_text(f'[app:main]\n{APP}')

    ((section, problem),) = paste_file.problems(str(file))

    assert section == 'app:main'
    assert 'without' in problem


@pytest.mark.parametrize('encoding', ['utf-8', 'latin-1'])
def test_the_file_is_read_as_paste_reads_it(tmp_path, encoding):
    file = tmp_path / 'api-paste.ini'
    text = f'# caf\xe9\n[pipeline:main]\npipeline = nova\n[app:nova]\n{APP}'
    file.write_text(text, encoding=encoding)
    script = (
        'from nova_update_guard.deploy import start_checks\n'
        f'start_checks.warn_of_pipelines({str(file)!r})\n'
        'from paste.deploy.loadwsgi import ConfigLoader\n'
        f'ConfigLoader({str(file)!r})\n'
    )
    for utf8 in ('1', '0'):
        done = subprocess.run(
            [sys.executable, '-X', f'utf8={utf8}', '-c', script],
            capture_output=True,
            check=False,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, 'LC_ALL': 'en_US.ISO-8859-1'},
        )
        # It fails where Paste does, with a message first.
        if done.returncode:
            assert 'could not be checked' in done.stderr
            assert 'UnicodeDecodeError' in done.stderr.splitlines()[-1]
        else:
            assert 'without a filter' in done.stderr
