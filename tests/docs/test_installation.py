"""The commands that install the proxy, run as they stand on the page.

Their folders are the test's, and the programs that would change the machine
write down what they were asked to do.
"""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nova_update_guard.layers.modes import LAYERS
from tests.cloud import haproxy
from tests.cloud.proxies import SHIPPED
from tests.cmd.running import run
from tests.docs import pages
from tests.docs.pages import ROOT

PAGE = 'installation/proxy.md'
INSTALL, START, CATALOG, *FIREWALL, DEMO, BARE, REMOVE = pages.blocks(
    PAGE, 'sh'
)
BIN = Path(sys.executable).parent
RECORDED = (
    'curl',
    'nft',
    'nova-update-guard',
    'openstack',
    'pip',
    'python3',
    'runuser',
    'setpriv',
    'systemctl',
    'useradd',
)
_RECORDER = """\
#!/bin/sh
echo "$(basename "$0") $*" >> '{log}'
"""


class Machine:
    """The folders that the commands write to."""

    def __init__(self, folder):
        self.log = folder / 'commands'
        self.log.touch()
        self._folder = folder
        self._stand_ins = folder / 'bin'
        self._stand_ins.mkdir()
        self.units = self.here('/etc/systemd/system')
        self.units.mkdir(parents=True)
        self.here('/usr/local/bin').mkdir(parents=True)
        # The unit makes it.
        self.here('/var/log/nova-update-guard').mkdir(parents=True)
        venv = self.here('/opt/nova-update-guard') / 'bin'
        venv.mkdir(parents=True)
        for name in RECORDED:
            for place in (self._stand_ins, venv):
                file = place / name
                file.write_text(_RECORDER.format(log=self.log))
                file.chmod(0o755)

    def here(self, path):
        return self._folder / 'root' / path.lstrip('/')

    def run(self, text):
        """Run a block as a page has it; return what was recorded."""
        for name in (
            '/opt/nova-update-guard',
            '/etc/nova-update-guard',
            '/etc/haproxy',
            '/etc/nftables',
            '/run/nova-update-guard',
            '/usr/local/bin',
            '/var/log/nova-update-guard',
        ):
            # Not those of the project, which have nothing before them.
            text = re.sub(rf'(?<![\w.]){name}', str(self.here(name)), text)
        text = text.replace('/etc/systemd/system', str(self.units))
        # The group would be made by useradd.
        text = text.replace('-g nova-update-guard', f'-g {os.getgid()}')
        text = text.replace('-o nova-update-guard', f'-o {os.getuid()}')
        path = f'{self._stand_ins}:{os.environ["PATH"]}'
        subprocess.run(
            ['bash', '-euc', text],
            cwd=ROOT,
            env=os.environ | {'PATH': path},
            check=True,
        )
        return self.log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def installed(machine):
    machine.run(INSTALL.text)
    return machine.here('/etc/nova-update-guard')


def test_the_commands_install_what_the_guard_needs(machine):
    done = machine.run(INSTALL.text)

    folder = machine.here('/etc/nova-update-guard')
    assert {file.name for file in folder.iterdir()} == {
        'api-paste.ini',
        'nova-update-guard.conf',
        'uwsgi.ini',
    }
    mode = (folder / 'nova-update-guard.conf').stat().st_mode & 0o777
    assert mode == 0o640
    assert (machine.units / 'nova-update-guard.service').is_file()
    words = [line.split()[0] for line in done]
    assert words == ['python3', 'pip', 'useradd']
    command = machine.here('/usr/local/bin/nova-update-guard')
    assert command.resolve().is_file()


def test_clients_are_sent_there_after_it_was_looked_at(machine):
    words = [line.split()[0] for line in machine.run(START.text)]

    assert words == ['runuser', 'systemctl', 'curl']
    assert 'openstack' not in INSTALL.text + START.text
    assert 'openstack endpoint set' in CATALOG.text


def test_check_reads_the_files_as_the_user_of_the_unit(machine):
    checked, *_ = machine.run(START.text)

    assert checked.startswith(
        f'runuser -u {unit("User")} -- nova-update-guard check '
    )


def test_a_start_without_systemd_is_the_start_of_the_unit(machine):
    folder = machine.here('/run/nova-update-guard')
    folder.mkdir(parents=True)
    (folder / 'left').touch()

    (start,) = machine.run(BARE.text)

    assert f'umask {unit("UMask").removeprefix("0")}\n' in BARE.text
    text = (pages.SOURCE / PAGE).read_text()
    assert f'`ulimit -n` to {unit("LimitNOFILE")} ' in text
    user = unit('User')
    assert f' --reuid {user} --regid {user} --init-groups ' in start
    environment, command = unit('Environment'), unit('ExecStart')
    command = command.replace(
        '/opt/nova-update-guard', str(machine.here('/opt/nova-update-guard'))
    ).replace(
        '/etc/nova-update-guard', str(machine.here('/etc/nova-update-guard'))
    )
    assert start.endswith(f' env {environment} {command}')
    assert [*folder.iterdir()] == []
    for name, place in (('Logs', '/var/log/'), ('Runtime', '/run/')):
        made = machine.here(place + unit(f'{name}Directory'))
        mode = int(unit(f'{name}DirectoryMode'), 8)
        assert made.stat().st_mode & 0o777 == mode


def unit(key):
    """Return what the unit that ships has for *key*."""
    text = (SHIPPED / 'nova-update-guard.service').read_text()
    (value,) = re.findall(rf'^{key}=(.*)$', text, re.MULTILINE)
    return value


def test_a_removal_leaves_the_configuration_and_the_records(machine):
    machine.run(INSTALL.text)

    *_, stopped = machine.run(REMOVE.text)

    assert stopped == 'systemctl disable --now nova-update-guard'
    assert not machine.here('/opt/nova-update-guard').exists()
    assert [*machine.units.iterdir()] == []
    assert [*machine.here('/usr/local/bin').iterdir()] == []
    assert [*machine.here('/etc/nova-update-guard').iterdir()]
    assert machine.here('/var/log/nova-update-guard').is_dir()


def test_nothing_is_refused_at_first(installed):
    found = configparser.RawConfigParser()
    found.read(installed / 'nova-update-guard.conf')

    assert {found['update_guard'][layer] for layer in LAYERS} == {'audit'}


def test_the_guard_listens_where_the_page_says(installed):
    lines = (installed / 'uwsgi.ini').read_text().splitlines()

    assert 'http-socket = :8871' in lines


def test_the_configuration_is_one_that_the_guard_reads(installed):
    done = run('check', '--config-file', installed / 'nova-update-guard.conf')

    # The warning is of clients that the defaults refuse.
    assert done.returncode in (0, 1), done.stderr


def test_the_proxy_is_built_from_it(installed):
    """By paste, as its WSGI server does; in a process of its own."""
    program = (
        'import nova_update_guard.wsgi as w; print(callable(w.application))'
    )
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', program],
        env=os.environ | {'NOVA_UPDATE_GUARD_CONFIG_DIR': str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.endswith('True\n'), done.stderr


def test_the_firewall_is_loaded_now_and_at_boot(machine):
    load, boot, ask = FIREWALL

    machine.run(load.text)
    machine.run(boot.text)
    done = machine.run(ask.text)

    file = machine.here('/etc/nftables.d/nova-api.nft')
    loaded, enabled, *asked = done
    assert loaded == f'nft -f {file}'
    assert enabled == 'systemctl enable nftables'
    included = machine.here('/etc/nftables.conf').read_text()
    assert included == f'include "{file}"\n'
    assert [line.split()[0] for line in asked] == ['curl', 'curl']
    assert {*re.findall(r'dport (\d+)', file.read_text())} == {'8774'}


@pytest.mark.integration
@pytest.mark.skipif(haproxy.binary() is None, reason=haproxy.INSTALL)
def test_haproxy_has_the_guards_of_the_page(machine):
    (block,) = pages.blocks('installation/several.md', 'sh')
    machine.here('/etc/haproxy').mkdir(parents=True)

    # HAProxy itself reads the file.
    assert machine.run(block.text) == ['systemctl reload haproxy']

    lines = (
        (machine.here('/etc/haproxy') / 'haproxy.cfg')
        .read_text()
        .split('default-server')[-1]
    )
    assert 'server guard-1 192.0.2.11:8871\n' in lines
    assert 'server guard-2 192.0.2.12:8871\n' in lines
    text = (machine.here('/etc/haproxy') / 'haproxy.cfg').read_text()
    assert '\n    user haproxy\n    group haproxy\n' in text


def test_the_demo_takes_the_arguments_of_the_page():
    words = DEMO.text.split()
    done = subprocess.run(
        [sys.executable, *words[1:], '--help'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert words[-1] in done.stdout
