"""The demo runs its steps, and fails where one fails."""

import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.cloud import (
    arguments,
    demo,
    farewell,
    files,
    install,
    occupied,
)
from tests.cloud.errors import CloudError
from tests.cloud.people import MEMBER
from tests.cloud.ports import HOST, Ports
from tests.cloud.processes import surroundings
from tests.cloud.servers import RENAMED
from tests.cloud.settings import Settings

ROOT = Path(__file__).parents[2]
DEMO = (sys.executable, '-m', 'tests.cloud.demo')
FREE_PORTS = (
    *('--nova-port', '0', '--keystone-port', '0', '--standin-port', '0'),
    *('--proxy-port', '0'),
)


COLLECTS = (
    'Looking\nCollecting a\n  Downloading a\nCollecting b\nCollecting c\n'
)
INSTALLS = f'{COLLECTS}Installing collected packages: c, b, a, guard\n'


@pytest.mark.parametrize(
    ('said', 'there', 'expected'),
    [
        ('', 0, 'collected 0 packages'),
        (COLLECTS, 0, 'collected 3 packages'),
        (INSTALLS, 0, 'installed 0 of 4 packages'),
        (INSTALLS, 3, 'installed 3 of 4 packages'),
        (INSTALLS, 4, 'installed 4 of 4 packages'),
    ],
)
def test_the_installation_tells_how_far_it_is(said, there, expected):
    assert install.progress(said, there) == expected


def started(*options, **given):
    """Run the demo to its end."""
    return subprocess.run(
        [*DEMO, *map(str, options)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **given,
    )


@pytest.fixture
def once(seed, tmp_path):
    """Return a function that runs the demo once, on databases of its own."""

    def once(*options):
        seed(tmp_path)
        return started(
            *('--once', '--python', sys.executable, '--state', tmp_path),
            *(*FREE_PORTS, *options),
        )

    return once


def test_the_demo_plays_its_story_and_stops_everything(once):
    """Here with the guard in a proxy; below, in nova."""
    done = once('--proxy')

    assert done.returncode == 0, done.stdout
    assert 'Starting proxy-1 at' in done.stdout
    assert 'All 12 steps gave the expected result' in done.stdout
    assert "Two parameters, straight to nova's own port" in done.stdout
    words = ' '.join(done.stdout.split())
    assert 'that port must be out of reach' in words
    assert 'Everything is stopped' in done.stdout


def test_the_story_gives_the_expected_results_with_the_guard_in_nova(
    cloud, capsys
):
    assert demo._play_story(cloud) == 0
    assert re.search(
        r'All \d+ steps gave the expected result', capsys.readouterr().out
    )


def test_a_step_with_an_unexpected_result_fails_the_demo(
    running_cloud, capsys
):
    running_cloud.restart_nova(Settings(guard_conf='one_parameter = off\n'))

    assert demo._play_story(running_cloud) == 1
    assert 'FAIL 2. Two parameters at once' in capsys.readouterr().out


@pytest.mark.parametrize('profile', ['horizon', 'interop', 'strict'])
def test_the_story_gives_the_expected_results_under_each_profile(
    running_cloud, capsys, profile
):
    options = arguments.parser().parse_args(['--profile', profile])
    lines = arguments.profile(options)
    running_cloud.restart_nova(Settings(guard_conf=lines))

    assert demo._play_story(running_cloud, profile) == 0
    assert 'counted_fields = ' in lines
    assert f"Horizon's form sends name and description: {profile}" in (
        capsys.readouterr().out
    )


def test_a_profile_that_does_not_exist_is_refused_with_those_that_do():
    done = started('--profile', 'lenient')

    assert done.returncode == 2
    assert "'horizon', 'interop', 'strict'" in done.stderr


def test_a_policy_of_one_s_own_is_checked_and_in_force(once, tmp_path):
    file = tmp_path / 'mine.yaml'
    text = 'update_guard:server:show:key_name: rule:context_is_admin\n'
    file.write_text(text)
    done = once('--policy', file)

    assert done.returncode == 0, done.stdout
    checked, _, played = done.stdout.partition('A small real cloud')
    assert 'revision ' in checked
    hidden = re.search(r'hidden ((?:.|\n)*?)\n\n? ? ?Everything', played)
    assert 'key_name' in hidden[1].replace(',', ' ').split()
    assert file.read_text() == text


def test_a_bad_policy_ends_with_its_message_before_anything_starts(
    once, tmp_path
):
    file = tmp_path / 'mine.yaml'
    file.write_text('update_guard:server:update:nam: "@"\n')
    done = once('--policy', file)

    assert done.returncode == 1
    assert f'The guard would not start with --policy {file}' in (
        ' '.join(done.stdout.split())
    )
    assert 'update_guard:server:update:nam' in done.stdout
    assert 'Starting' not in done.stdout


@pytest.mark.parametrize(
    ('name', 'content', 'said'),
    [
        ('missing', None, 'No such file or directory'),
        ('latin', b'# \xfcber', 'is no UTF-8'),
    ],
)
def test_a_policy_that_cannot_be_read_is_told_before_anything_is_made(
    tmp_path, name, content, said
):
    file, state = tmp_path / name, tmp_path / 'state'
    if content:
        file.write_bytes(content)
    done = started('--policy', file, '--state', state, *FREE_PORTS)

    assert done.returncode == 1
    assert said in ' '.join(done.stdout.split())
    assert not state.exists()


def test_the_clients_have_what_they_need(once, tmp_path):
    done = once('--clients')

    assert done.returncode == 0, done.stdout
    _, _, rest = done.stdout.partition('clouds.yaml, also in')
    text = rest[rest.index('clouds:') : rest.index('The openstack client')]
    shown = yaml.safe_load(text)
    assert {'admin', 'member', 'reader', 'stranger'} <= shown['clouds'].keys()
    assert shown == yaml.safe_load(
        (tmp_path / 'etc' / 'clouds.yaml').read_text()
    )
    assert '| vm1 ' in rest
    assert 'The story' not in done.stdout


@pytest.fixture
def shell(running_cloud, monkeypatch, tmp_path):
    """Return a function that runs a command as the demo says to."""
    monkeypatch.chdir(ROOT)
    log = files.decisions(running_cloud.state)
    log.unlink(missing_ok=True)
    running_cloud.restart_nova(
        Settings(
            guard_conf=f'decision_log = {log}\ndecision_sample_reads = 1\n'
        )
    )
    prepared = farewell.prepare(running_cloud)

    def shell(command):
        return subprocess.run(
            ['bash', '-ec', f'. {prepared}\n{command}'],
            env=surroundings(XDG_CACHE_HOME=str(tmp_path)),
            capture_output=True,
            text=True,
            check=False,
        )

    return shell


# By number, what is in the output of a command that the demo ends with.
EXPECTED = (
    '',
    'member',
    'update_guard:server:update:accessIPv4',
    'OS-EXT-SRV-ATTR:host',
    '0 would be refused',
)


def test_each_command_that_the_demo_names_works_as_it_stands(
    running_cloud, shell
):
    named = farewell.commands(running_cloud)
    # As in the story, so that the report has something to say.
    both = {'server': {'name': 'a', 'accessIPv4': '10.94.139.171'}}
    path = f'/servers/{RENAMED.id}'
    assert running_cloud.send(MEMBER, 'PUT', path, both).status == 400

    assert len(named) == len(EXPECTED)
    for (_, command), expected in zip(named, EXPECTED, strict=True):
        done = shell(command)
        assert done.returncode == 0, f'{command}\n{done.stderr}'
        assert expected in done.stdout + done.stderr
    assert (running_cloud.state.folder / 'matrix.html').exists()


def test_the_demo_ends_with_those_commands(running_cloud, shell, capsys):
    farewell.tell(running_cloud)
    said = capsys.readouterr().out

    for each in farewell.commands(running_cloud):
        assert f'\n  {each.command}\n' in said
    sourced = re.search(r'^  \. (.+)$', said, re.MULTILINE)[1]
    assert Path(sourced).read_text().startswith('export OS_CLIENT_CONFIG')


# Looks like a demo to others: so that it needs no cloud.
LOOKALIKE = """
import socket, sys
with socket.create_server(('127.0.0.1', 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@contextmanager
def listening(tmp_path, module):
    """Yield the port and process id of a listener run as *module*."""
    *folders, name = module.split('.')
    path = tmp_path.joinpath(*folders)
    path.mkdir(parents=True, exist_ok=True)
    for number in range(len(folders)):
        # Without these, it would be the real demo.
        tmp_path.joinpath(*folders[: number + 1], '__init__.py').touch()
    (path / f'{name}.py').write_text(LOOKALIKE)
    with subprocess.Popen(
        [sys.executable, '-m', module],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield int(process.stdout.readline()), process.pid
        process.stdin.close()


def test_a_second_demo_on_a_port_names_the_first_before_it_makes_anything(
    tmp_path,
):
    state = tmp_path / 'state'
    with listening(tmp_path, 'tests.cloud.demo') as (port, pid):
        done = started('--state', state, *FREE_PORTS, '--nova-port', port)

    words = ' '.join(done.stdout.split())
    assert done.returncode == 1
    assert f'Another demo has port {port} of 127.0.0.1, for nova' in words
    assert f'kill {pid}' in words
    assert '--state .cloud/second' in words
    assert not state.exists()


def test_a_port_of_some_other_program_is_refused_with_its_name(tmp_path):
    state = tmp_path / 'state'
    with listening(tmp_path, 'another') as (port, pid):
        done = started('--state', state, *FREE_PORTS, '--keystone-port', port)

    words = ' '.join(done.stdout.split())
    assert done.returncode == 1
    assert f'in use by process {pid} (' in words
    assert 'Name another with --keystone-port, or 0' in words
    assert not state.exists()


def test_a_usual_port_that_a_demo_has_is_refused_and_no_other_s(
    tmp_path, monkeypatch
):
    with listening(tmp_path / 'a', 'tests.cloud.demo') as (port, _):
        monkeypatch.setitem(occupied.USUAL, 'nova', port)
        with pytest.raises(CloudError, match=f'Another demo has port {port}'):
            occupied.refuse(Ports(), ['nova'])
    with listening(tmp_path / 'b', 'another') as (port, _):
        monkeypatch.setitem(occupied.USUAL, 'nova', port)
        occupied.refuse(Ports(), ['nova'])


def test_a_port_is_known_by_the_demo_that_started_who_listens(running_cloud):
    """Its gunicorn is on a leash, which this process started."""
    port = running_cloud.ports.nova
    chain = [*occupied._line(port)]

    assert os.getpid() in [process.pid for process in chain]
    assert any(map(occupied._is_on_leash, chain))
    assert not any(process.is_demo for process in chain)


def test_what_a_killed_demo_leaves_is_waited_for(running_cloud):
    """The lock of the state folder waits; a port that is free needs none."""
    occupied.refuse(Ports(nova=running_cloud.ports.nova), ['nova'])


def test_a_port_of_nobody_is_free():
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        port = bound.getsockname()[1]
        assert [*occupied._line(port)] == []
    occupied.refuse(Ports(nova=port, proxy=0), ['nova', 'proxy'])


@pytest.mark.parametrize(('more', 'port'), [((), None), (('--proxy',), 8871)])
def test_the_port_of_a_proxy_that_is_not_started_is_nobodys_business(
    more, port
):
    options = arguments.parser().parse_args(['--proxy-port', '8871', *more])

    assert arguments.ports(options).proxy == port
