"""The firewall of the page, loaded in a network of its own."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.commands import run
from tests.docs import pages

HEADING = 'Close the way around it'
NOVA = ('192.0.2.1', '2001:db8::1')
GUARDS = ('192.0.2.11', '192.0.2.12', '2001:db8::11', '2001:db8::12')
OTHERS = ('192.0.2.99', '2001:db8::99')
PORT = 8774
ANOTHER = 8775
# As Debian ships it, and one that lets everybody in.
DEBIAN = """\
flush ruleset
table inet filter {
    chain input { type filter hook input priority filter; }
    chain forward { type filter hook forward priority filter; }
    chain output { type filter hook output priority filter; }
}
"""
ACCEPTING = """\
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        meta l4proto ipv6-icmp accept
        iif "lo" accept
        tcp dport { 22, 8774, 8775 } accept
    }
}
"""
_LISTEN = """\
import socket, time
listening = [
    socket.create_server(
        ('::', port), family=socket.AF_INET6, dualstack_ipv6=True
    )
    for port in (8774, 8775)
]
print('listening', flush=True)
time.sleep(600)
"""
# Each connection has a thread: one that is dropped takes all its time.
_CONNECT = """\
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def connects(one):
    source, to, port = one
    try:
        socket.create_connection((to, port), 2, (source, 0)).close()
    except OSError:
        return False
    return True
wanted = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(wanted)) as pool:
    print(json.dumps([*pool.map(connects, wanted)]))
"""


def obstacle():
    """Return why this machine cannot try it; '' if it can."""
    if os.geteuid() != 0:
        return 'a network of its own needs root'
    if lacking := [name for name in ('ip', 'nft') if not shutil.which(name)]:
        return f'not installed: {", ".join(lacking)}'
    name = f'guard-try-{os.getpid()}'
    done = subprocess.run(
        ['ip', 'netns', 'add', name],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return done.stderr.strip()
    tried = subprocess.run(
        ['ip', 'netns', 'exec', name, 'nft', 'add', 'table', 'inet', 'try'],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    run('ip', 'netns', 'del', name)
    return tried.stderr.strip()


class Network:
    """The host of nova-api, and one at its side with all other addresses."""

    def __init__(self):
        self.nova = f'guard-nova-{os.getpid()}'
        self.side = f'guard-side-{os.getpid()}'

    def build(self):
        for name in (self.nova, self.side):
            run('ip', 'netns', 'add', name)
            run('ip', '-n', name, 'link', 'set', 'lo', 'up')
        run(
            *('ip', 'link', 'add', 'e0', 'netns', self.nova, 'type', 'veth'),
            *('peer', 'name', 'e0', 'netns', self.side),
        )
        for name, addresses in (
            (self.nova, NOVA),
            (self.side, GUARDS + OTHERS),
        ):
            run('ip', '-n', name, 'link', 'set', 'e0', 'up')
            for each in addresses:
                size, rest = (64, ['nodad']) if ':' in each else (24, [])
                with_size = f'{each}/{size}'
                run(
                    *('ip', '-n', name, 'address', 'add', with_size),
                    *('dev', 'e0', *rest),
                )

    def remove(self):
        for name in (self.nova, self.side):
            subprocess.run(['ip', 'netns', 'del', name], check=False)

    def load(self, rules):
        command = ('ip', 'netns', 'exec', self.nova, 'nft', '-f', '-')
        run(*command, given=rules)

    def reached(self, name, sources, port, targets=NOVA):
        """Return the sources that can connect to *port* of *targets*."""
        wanted = [
            (source, target, port)
            for target in targets
            for source in sources
            if (':' in source) == (':' in target)
        ]
        said = run(
            *('ip', 'netns', 'exec', name, sys.executable, '-c'),
            *(_CONNECT, json.dumps(wanted)),
        )
        return {
            source
            for (source, *_), is_through in zip(
                wanted, json.loads(said), strict=True
            )
            if is_through
        }


pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(bool(obstacle()), reason=obstacle() or 'it can'),
]


@pytest.fixture
def network():
    network = Network()
    try:
        network.build()
        with subprocess.Popen(
            [
                *('ip', 'netns', 'exec', network.nova),
                *(sys.executable, '-c', _LISTEN),
            ],
            stdout=subprocess.PIPE,
        ) as server:
            assert server.stdout.readline()
            yield network
            server.kill()
    finally:
        network.remove()


def rules():
    """Return the file that the page writes."""
    first, *_ = [
        block
        for block in pages.blocks('installation/proxy.md', 'sh')
        if block.heading == HEADING
    ]
    _, _, rest = first.text.partition("<<'END'\n")
    return rest.partition('\nEND\n')[0] + '\n'


@pytest.mark.parametrize(
    'before', ['', DEBIAN, ACCEPTING], ids=['nothing', 'debian', 'accepting']
)
def test_only_guards_and_the_host_itself_reach_nova(network, before):
    network.load(before)
    everybody = {*GUARDS, *OTHERS}
    assert network.reached(network.side, everybody, PORT) == everybody

    # As now, and again as at each boot or change.
    network.load(rules())
    network.load(before + rules())

    assert network.reached(network.side, everybody, PORT) == {*GUARDS}
    assert network.reached(network.side, everybody, ANOTHER) == everybody
    itself = {'127.0.0.1', '::1'}
    assert network.reached(network.nova, itself, PORT, itself) == itself
    assert network.reached(network.nova, NOVA, PORT) == {*NOVA}
