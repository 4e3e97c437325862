"""The sdist and the wheel, built and installed as an operator would."""

import configparser
import importlib.metadata
import json
import shutil
import sys
import tarfile
import zipfile
from contextlib import closing

import pytest
from packaging.utils import canonicalize_name

from tests.cloud import ports, proxies, web
from tests.cloud.processes import ROOT, Service, surroundings
from tests.packaging import building, constraints, notes, tree
from tests.proxy import serving
from tests.proxy.keystone import Keystone
from tests.proxy.listening import HOST
from tests.proxy.nova import Nova, obliging

pytestmark = pytest.mark.integration

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / 'setup.cfg')
VERSION = SETUP['metadata']['version']
needs_git = pytest.mark.skipif(
    not tree.has_git(), reason='git says which files are of the project'
)
COMMANDS = {
    'uwsgi': ('uwsgi', '--ini', 'uwsgi.ini'),
    'gunicorn': ('gunicorn', '-c', 'gunicorn.conf.py'),
}
# A type that only the wheel's own annotations give.
TYPED = """\
from nova_update_guard.spelling import did_you_mean
reveal_type(did_you_mean('nmae', ['name']))
did_you_mean('nmae', 1)
"""


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    """The files of the project, without git's folder."""
    folder = tree.copied(tmp_path_factory.mktemp('source') / 'tree')
    if shutil.which('git'):
        # As "tox -e release" does it.
        repository = notes.repository(tmp_path_factory.mktemp('notes'))
        text = notes.report(repository)
        (folder / 'RELEASENOTES.rst').write_text(text)
    return folder


@pytest.fixture(scope='module')
def built(source, tmp_path_factory):
    return building.build(source, tmp_path_factory.mktemp('dist'))


@pytest.fixture(scope='module')
def programs(built, tmp_path_factory):
    """The folder of programs of an environment with the wheel."""
    venv = tmp_path_factory.mktemp('installed') / 'venv'
    return building.install(built.wheel, venv)


@pytest.fixture
def samples(programs):
    """The samples that the wheel has brought."""
    return programs.parent / 'etc' / 'nova-update-guard'


@pytest.fixture
def configured(samples, tmp_path):
    """A folder with the samples, and what an operator adds to them."""
    folder = tmp_path / 'etc'
    shutil.copytree(samples, folder)
    with closing(Keystone()) as keystone, closing(Nova()) as nova:
        nova.script(obliging)
        (folder / 'nova-update-guard.conf').write_text(
            serving.AUTHTOKEN.format(keystone=keystone.url)
            + f'[proxy]\nnova_endpoints = {nova.url}\n'
        )
        yield folder


def test_version_is_the_same_with_and_without_git(built, programs):
    wheel = f'nova_update_guard-{VERSION}-py3-none-any.whl'

    assert built.sdist.name == f'nova_update_guard-{VERSION}.tar.gz'
    assert built.wheel.name == wheel
    said = building.run(programs / 'nova-update-guard', '--version')
    assert said.split() == ['nova-update-guard', VERSION]
    # This environment has the checkout, with git's folder if there is one.
    assert importlib.metadata.version(constraints.PROJECT) == VERSION


@needs_git
def test_sdist_has_all_files_of_the_project(built):
    with tarfile.open(built.sdist) as file:
        has = {name.partition('/')[2] for name in file.getnames()}

    ours = {
        name
        for name in tree.names()
        if name.split('/')[0] not in tree.OF_A_CHECKOUT
    }
    assert ours - has == set()


@pytest.mark.skipif(not shutil.which('git'), reason='reno reads git')
def test_sdist_has_the_release_notes_as_one_text(built):
    with tarfile.open(built.sdist) as file:
        name = f'nova_update_guard-{VERSION}/RELEASENOTES.rst'
        text = file.extractfile(name).read().decode()

    assert f'\n{VERSION}\n=' in text
    assert '\nSecurity Issues\n' in text


def test_sdist_has_nothing_that_is_made(source, tmp_path):
    for name in ('tests', 'nova_update_guard', 'debian/nova-update-guard'):
        made = source / name / '__pycache__' / 'made.cpython-311.pyc'
        made.parent.mkdir(parents=True)
        made.write_bytes(b'')
    (source / 'debian' / 'files').write_text('made')
    (source / 'debian' / 'nova-update-guard' / 'made').write_text('made')

    try:
        sdist = building.build_sdist(source, tmp_path)
    finally:
        shutil.rmtree(source / 'debian' / 'nova-update-guard')
        (source / 'debian' / 'files').unlink()

    with tarfile.open(sdist) as file:
        names = file.getnames()
    assert [name for name in names if 'made' in name] == []
    assert [name for name in names if name.endswith('debian/files')] == []


def test_wheel_has_all_files_of_the_package(built, source):
    with zipfile.ZipFile(built.wheel) as file:
        has = {*file.namelist()}

    package = source / constraints.PROJECT
    ours = {
        str(path.relative_to(source))
        for path in package.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }
    assert ours - has == set()
    tops = {name.split('/')[0] for name in has}
    assert tops == {
        constraints.PROJECT,
        f'nova_update_guard-{VERSION}.data',
        f'nova_update_guard-{VERSION}.dist-info',
    }


def test_wheel_brings_all_samples(built, source):
    with zipfile.ZipFile(built.wheel) as file:
        data = {name.partition('.data/data/')[2] for name in file.namelist()}

    etc = source / 'etc'
    samples = {
        str(path.relative_to(source))
        for path in etc.rglob('*')
        if path.is_file()
    }
    assert 'etc/nova-update-guard/profiles/strict.conf' in samples
    assert data - {''} == samples


def test_sdist_builds_the_wheel_that_the_checkout_builds(
    built, source, tmp_path
):
    direct = building.build_wheel(source, tmp_path)

    assert contents(direct) == contents(built.wheel)


def test_pip_installs_the_constraints_and_no_more(programs):
    listed = building.run(
        *(programs / 'python', '-m', 'pip', 'list', '--format', 'json'),
        # Once a week it would also tell of a newer pip.
        '--disable-pip-version-check',
    )

    has = {
        canonicalize_name(one['name']): one['version']
        for one in json.loads(listed)
    }
    for name in ('pip', 'setuptools', canonicalize_name(constraints.PROJECT)):
        has.pop(name, None)
    lines = constraints.FILE.read_text().splitlines()
    pairs = [line.split('==') for line in lines if not line.startswith('#')]
    assert has == {canonicalize_name(name): is_ for name, is_ in pairs}


def test_check_accepts_the_samples(programs, configured):
    file = configured / 'nova-update-guard.conf'

    said = building.run(
        programs / 'nova-update-guard', 'check', '--config-file', file
    )

    assert 'revision' in said


@pytest.mark.parametrize('server', COMMANDS)
def test_proxy_starts_from_the_wheel_with_the_samples(
    programs, configured, server
):
    port = ports.free()
    for name in ('uwsgi.ini', 'gunicorn.conf.py'):
        sample = configured / name
        sample.write_text(proxies.at(sample, port))
    program, *arguments = COMMANDS[server]
    proxy = Service(
        f'the installed proxy under {server}',
        [programs / program, *arguments],
        f'http://{HOST}:{port}/healthcheck',
        configured / 'server.log',
        surroundings(
            NOVA_UPDATE_GUARD_CONFIG_DIR=str(configured),
            no_proxy='localhost',
        ),
        configured,
    )
    proxy.start()
    try:
        proxy.wait(30)
        response = web.send('GET', proxy.url)
    finally:
        proxy.stop()

    assert response.status == 200, proxy.log.read_text()


def test_mypy_reads_the_types_of_the_wheel(programs, tmp_path):
    (tmp_path / 'uses.py').write_text(TYPED)

    done = building.run(
        *(sys.executable, '-m', 'mypy', '--strict', '--no-incremental'),
        *('--python-executable', programs / 'python', 'uses.py'),
        cwd=tmp_path,
        status=1,
    )

    assert 'uses.py:2: note: Revealed type is "str"' in done
    assert 'uses.py:3: error: Argument 2' in done
    assert 'Found 1 error' in done


def contents(wheel):
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}
