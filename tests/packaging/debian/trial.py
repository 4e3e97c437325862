"""What the package must do in a fresh Debian, step by step."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.cloud import web
from tests.packaging.debian import package, page, proxy
from tests.packaging.debian.package import NAME
from tests.packaging.debian.root import Entry, Root

Say = Callable[[str], None]
Listing = Mapping[str, Entry]

# What the host of a guard has besides, and what looks at the unit.
_BESIDES = 'systemd ca-certificates logrotate'
_CONFFILES = {
    f'/etc/{NAME}/{NAME}.conf',
    f'/etc/{NAME}/api-paste.ini',
    f'/etc/{NAME}/uwsgi.ini',
    f'/etc/logrotate.d/{NAME}',
}
# Of the service, and of nobody else.
# The program by which Debian's scripts start and stop services.
_INVOKE = '/usr/bin/deb-systemd-invoke'
_ASKED = '/root/asked'
_PACKAGES = '/opt/nova-update-guard/lib/python3*/site-packages'
_UWSGI = f'etc/{NAME}/uwsgi.ini'
_OWN = (f'/var/log/{NAME}', f'/run/{NAME}')


def try_out(root: Root, deb: Path, folder: Path, say: Say) -> None:
    """Install, start, upgrade, remove and purge *deb* in *root*.

    Raises AssertionError if something is not as the documentation says.
    """
    shutil.copy(deb, root.folder / 'root')
    before = _prepare(root, say)
    installed = _install(root, before, say)
    url = proxy.moved(root)
    _look(root, installed, say)
    _start(root, url, folder / 'proxy.log', say)
    _write_nothing(root, installed, say)
    _upgrade(root, deb, say)
    _mend(root, deb, say)
    _purge(root, deb, before, say)
    _keep_others(root, deb, say)


def _prepare(root: Root, say: Say) -> Listing:
    """Install what the package depends on; return what is there then."""
    (command,) = page.commands('Install')
    file = command.split('/')[-1].strip()
    depends = root.run(f'dpkg-deb --field {file} Depends').strip()
    root.run(
        'apt-get update -q; '
        f'apt-get install -q --no-install-recommends {_BESIDES}; '
        f"apt-get satisfy -q --no-install-recommends '{depends}'"
    )
    say(f'depends on: {depends}')
    return root.listing()


def _install(root: Root, before: Listing, say: Say) -> Listing:
    (command,) = page.commands('Install')
    root.run(command)
    size = root.run(f"dpkg-query -W -f '${{Installed-Size}}' {NAME}")
    after = root.listing()
    new = after.keys() - before.keys()
    say(f'installed: {len(new)} files and folders, {int(size) // 1024} MB')
    return {path: after[path] for path in new}


def _look(root: Root, installed: Listing, say: Say) -> None:
    """See users, modes, configuration files, the unit and the command."""
    account = root.run(f'getent passwd {NAME}').strip().split(':')
    assert account[5:] == ['/nonexistent', '/usr/sbin/nologin'], account
    assert 100 <= int(account[2]) < 1000, account
    say(f'user: {":".join(account)}')
    for path, expected in _expected():
        entry = installed[path]
        assert f'{entry.owner} {entry.mode}' == expected, (path, entry)
        say(f'{expected} {path}')
    writable = {
        path
        for path, entry in installed.items()
        if entry.kind != 'l'
        and (entry.owner.startswith(NAME) or int(entry.mode[-1]) & 2)
    }
    assert writable == {f'/var/log/{NAME}'}, writable
    query = root.run(f"dpkg-query -W -f '${{Conffiles}}' {NAME}")
    conffiles = {*re.findall(r'/\S+', query)}
    assert conffiles == _CONFFILES, conffiles
    say(f'{len(conffiles)} files of configuration, which dpkg keeps')
    _look_at_pages(root, say)
    _look_at_unit(root, say)


def _look_at_pages(root: Root, say: Say) -> None:
    """See that each link of the pages that ship leads to one of them."""
    folder = root.folder / 'usr' / 'share' / 'doc' / NAME
    pages = [*folder.rglob('*.md')]
    lost = [
        (page.name, link)
        for page in pages
        for link in re.findall(r'\]\(([^)#:\s]+)[)#]', page.read_text())
        if not (page.parent / link).exists()
    ]
    assert lost == [], lost
    say(f'{len(pages)} pages of documentation, each link leads to one')


def _expected() -> list[tuple[str, str]]:
    """Return the paths of the page, with the owner and the mode."""
    found = []
    for path, owner in page.table():
        if not owner or '/run/' in path:
            continue
        who, mode = owner.replace('`', '').split(', 0')
        who = who if ':' in who else f'{who}:{who}'
        first, *others = path.replace('`', '').split(', ')
        found.append((first.rstrip('/'), f'{who} {mode}'))
        beside = Path(first).parent
        found += [(f'{beside / name}', f'{who} {mode}') for name in others]
    return found


def _look_at_unit(root: Root, say: Say) -> None:
    said = root.run(f'systemd-analyze verify --man=no /{proxy.UNIT} 2>&1')
    about = [line for line in said.splitlines() if NAME in line]
    assert about == [], said
    wanted = root.run('find /etc/systemd /var/lib/systemd -name "*update*"')
    assert 'multi-user.target.wants' not in wanted, wanted
    say('systemd-analyze verify says nothing; the service is not enabled')
    told = root.run(f'{NAME} --version').strip()
    assert told == f'{NAME} {package.version()}', told
    (check, start) = page.commands('Configure')
    checked = root.run(check, status=2)
    assert '[keystone_authtoken] password: it is missing' in checked, checked
    assert start.splitlines()[0] == f'systemctl enable --now {NAME}'
    say(f'{told}; check: {checked.strip()}')
    (generate,) = page.commands('What is where')
    options, rules = map(root.run, generate.splitlines())
    assert '[update_guard]' in options, options
    assert 'update_guard:server:update:name' in rules, rules
    say("oslo's programs print all options and all rules")
    _look_at_python(root, say)
    said = root.run(f'({proxy.command(root)}) 2>&1 || true')
    assert 'password' in said, said
    say('it does not start without the password, and names it')


def _look_at_python(root: Root, say: Say) -> None:
    """See what is in the environment, and that a patch of it counts."""
    (packages,) = root.run(f'echo {_PACKAGES}').split()
    names = root.run(f'ls {packages}').splitlines()
    tools = {'pip', 'setuptools', 'pkg_resources', '_distutils_hack'}
    assert tools.isdisjoint(names), names
    module = f'{packages}/nova_update_guard/__init__.py'
    root.run(f'cp -p {module} kept; echo "raise SystemExit(7)" >> {module}')
    root.run(f'PYTHONDONTWRITEBYTECODE=1 {NAME} --version', status=7)
    root.run(f'mv kept {module}; {NAME} --version')
    say('neither pip nor setuptools; a patched module counts')


def _start(root: Root, url: str, log: Path, say: Say) -> None:
    with proxy.running(root, url, log):
        health = web.send('GET', f'{url}/healthcheck').status
        assert health == 200, log.read_text()
        status = proxy.update(url)
        assert status == 200, log.read_text()
        _rotate(root)
        assert proxy.update(url) == status
        say(f'/healthcheck: {health}; an update in audit mode: {status}')
        _check_a_policy(root, say)
    record = json.loads(root.read(proxy.RECORDS))
    assert record['verdict'] == 'refuse', record
    assert record['mode'] == 'audit', record
    json.loads(root.read(f'{proxy.RECORDS}.1'))
    say('a decision record before, and one after logrotate')


def _check_a_policy(root: Root, say: Say) -> None:
    """See that the page's check finds what root would not."""
    (check, _) = page.commands('Configure')
    policy = f'etc/{NAME}/update-guard-policy.yaml'
    root.write(policy, '{}\n')
    root.run(f'chmod 0600 /{policy}')
    said = root.run(check, status=2)
    who, is_told, advice = said.strip().partition(' cannot read it: ')
    assert is_told, said
    assert f'/{policy}: the user {NAME}, who runs this,' in who, said
    root.run(advice)
    said = root.run(check)
    assert f'/{policy}\n' in said, said
    root.run(f'rm /{policy}')
    say('check tells of a policy that only root can read')


def _rotate(root: Root) -> None:
    root.run(f'logrotate --force /etc/logrotate.d/{NAME}')


def _write_nothing(root: Root, installed: Listing, say: Say) -> None:
    """A run has written nothing but its records."""
    after = root.listing()
    for path, entry in after.items():
        if path in installed:
            assert entry == installed[path], (path, entry)
        if path.startswith(f'/var/log/{NAME}/'):
            assert entry[:2] == (f'{NAME}:{NAME}', '640'), (path, entry)
    under = ('/opt', '/etc', '/usr')
    new = {
        path
        for path in after.keys() - installed.keys()
        if path.startswith(under) and 'update-guard' in path
    }
    assert new == set(), new
    say('the proxy and the commands have written their records, no more')


def _upgrade(root: Root, deb: Path, say: Say) -> None:
    """Install a newer one: what the operator has changed stays."""
    root.run(f'chmod 0600 /{proxy.CONF}')
    before = root.read(proxy.CONF)
    kept = root.read(_UWSGI)
    (command,) = page.commands('Upgrade')
    assert deb.name in command
    _make_newer(root, deb.name)
    with _systemd(root) as asked:
        root.run(command)
        assert asked() == [f'try-restart {NAME}.service']
    assert root.read(proxy.CONF) == before
    assert root.read(_UWSGI) == kept
    assert '# Newer.' in root.read(f'{_UWSGI}.dpkg-dist')
    entry = root.listing()[f'/{proxy.CONF}']
    assert entry.mode == '600', entry
    say('upgraded: the changed configuration and its mode stay')
    say('a new uwsgi.ini is beside that of the operator')
    say('a service that runs is restarted then, and not stopped before')


def _make_newer(root: Root, deb: str) -> None:
    """Make *deb* one of a later version, with another uwsgi.ini."""
    root.run(
        f'dpkg-deb --raw-extract {deb} newer; '
        f'echo "# Newer." >> newer/{_UWSGI}; '
        "sed -i 's/^Version: .*/&+newer/' newer/DEBIAN/control; "
        f'dpkg-deb -Znone --build newer {deb}; rm -r newer'
    )


def _mend(root: Root, deb: Path, say: Say) -> None:
    """Install it again where its accounts are gone: files get the new ones."""
    root.run(
        f'apt-get remove -q {NAME}; deluser --quiet {NAME}; '
        # The numbers that it had are somebody else's now.
        f'adduser --system --quiet --group another; chmod 0640 /{proxy.CONF}; '
        f'chown root:4321 /{proxy.CONF}; chown -R 4321:4321 /var/log/{NAME}; '
        # A system user that the package has not made, without a group.
        f'useradd --system --no-user-group --gid nogroup --no-create-home '
        f'--home-dir /nonexistent --shell /usr/sbin/nologin {NAME}; '
        f'dpkg --install --force-confold {deb.name}; '
        f'test "$(id -gn {NAME})" = nogroup; '
        f'runuser -u {NAME} -- test -r /{proxy.CONF}'
    )
    listed = root.listing()
    assert listed[f'/{proxy.CONF}'][:2] == (f'root:{NAME}', '640'), listed
    for path in (f'/var/log/{NAME}', f'/{proxy.RECORDS}'):
        assert listed[path].owner == f'{NAME}:{NAME}', listed[path]
    root.run(f'deluser --quiet --system another; chmod 0600 /{proxy.CONF}')
    root.run(f'chgrp root /{proxy.CONF}; dpkg-reconfigure {NAME}')
    entry = root.listing()[f'/{proxy.CONF}']
    assert entry[:2] == ('root:root', '600'), entry
    root.run(f'rm /{proxy.CONF}; dpkg --install --force-confmiss {deb.name}')
    entry = root.listing()[f'/{proxy.CONF}']
    assert entry[:2] == (f'root:{NAME}', '640'), entry
    say('installed again for new accounts: they have their files')


def _keep_others(root: Root, deb: Path, say: Say) -> None:
    """See that a purge keeps a user that is no system user."""
    root.run(f'dpkg --install {deb.name}; apt-get remove -q {NAME}')
    root.run(f'deluser --quiet {NAME}')
    root.run(f'useradd --no-create-home --user-group {NAME}')
    before = root.run('getent passwd; getent group')
    root.run(f'apt-get purge -q {NAME}')
    assert root.run('getent passwd; getent group') == before
    root.run(f'userdel {NAME}')
    say('purged again: an account that is none of the system stays')


@contextmanager
def _systemd(root: Root) -> Iterator[Callable[[], list[str]]]:
    """Let *root* believe that systemd runs; yield what it is asked to do.

    There is none in a root without processes of its own: a stand-in writes
    down what Debian's scripts ask for.
    """
    root.run(
        'mkdir -p /run/systemd/system; '
        f'mv {_INVOKE} {_INVOKE}.real; : > {_ASKED}'
    )
    root.write(_INVOKE[1:], f'#!/bin/sh\necho "$@" >> {_ASKED}\n')
    root.run(f'chmod 0755 {_INVOKE}')
    yield lambda: root.read(_ASKED[1:]).splitlines()
    root.run(
        f'mv {_INVOKE}.real {_INVOKE}; rm {_ASKED}; rmdir /run/systemd/system'
    )


def _purge(root: Root, deb: Path, before: Listing, say: Say) -> None:
    root.write(f'etc/{NAME}/update-guard-policy.yaml', '# The defaults.\n')
    with _systemd(root) as asked:
        root.run(f'apt-get remove -q {NAME}')
        assert asked() == [f'stop {NAME}.service']
    left = root.listing().keys() - before.keys()
    assert f'/{proxy.CONF}' in left
    assert not [path for path in left if path.startswith('/opt')], left
    # dpkg knows a version then, and no folder.
    root.run('mkdir -p /opt/nova-update-guard')
    said = root.run(f'dpkg --install {deb.name} 2>&1', status=1)
    assert 'made by hand' in said, said
    root.run('rmdir /opt/nova-update-guard')
    say('a folder made by hand stops an installation, after a removal too')
    (command,) = page.commands('Remove')
    root.run(command)
    after = root.listing()
    others = {
        path: (before.get(path), after.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }
    assert others == {}, others
    say('purged: files, owners, modes and accounts are as they were before')
