"""The databases: made and seeded once, copied afresh at every start."""

import json
import shutil
import sqlite3
from contextlib import AbstractContextManager, closing
from hashlib import sha256
from pathlib import Path

from tests.cloud import processes
from tests.cloud.identity import Identity
from tests.cloud.state import State

_HERE = Path(__file__).parent
# What decides about the contents of the databases.
_SOURCES = (
    '../constraints.txt',
    'fields.py',
    'hosts.py',
    'people.py',
    'rows.py',
    'seed_keystone.py',
    'seed_nova.py',
    'servers.py',
)
_KEY = 'made-from'


def are_made(state: State) -> bool:
    """Say whether the pristine databases are there and up to date."""
    key = state.pristine / _KEY
    return key.exists() and key.read_text() == _key()


def make_tables(state: State, python: Path, held: int) -> None:
    """Make keystone's and nova's tables, side by side."""
    shutil.rmtree(state.live, ignore_errors=True)
    state.live.mkdir()
    log = state.log('seed')
    with (
        _seed(state, python, held, 'keystone') as keystone,
        _seed(state, python, held, 'nova', 'migrate') as nova,
    ):
        processes.finish(keystone, 'Making the tables of keystone', log)
        processes.finish(nova, 'Making the tables of nova', log)
    for path in state.live.glob('*.sqlite'):
        with closing(sqlite3.connect(path)) as made:
            _let_readers_be(made)


def fill(state: State, python: Path, keystone: Identity, held: int) -> None:
    """Make the people in keystone and the servers in nova."""
    keystone.create_people()
    ids = json.dumps(keystone.ids())
    with _seed(state, python, held, 'nova', 'fill', ids) as nova:
        processes.finish(nova, 'Making the servers', state.log('seed'))


def keep(state: State) -> None:
    """Keep the databases as they are now: they are the pristine ones."""
    shutil.rmtree(state.pristine, ignore_errors=True)
    unfinished = state.folder / 'pristine.unfinished'
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for path in state.live.glob('*.sqlite'):
        _back_up(path, unfinished / path.name)
    shutil.copytree(state.live / 'fernet-keys', unfinished / 'fernet-keys')
    (unfinished / _KEY).write_text(_key())
    # All or nothing: an interrupted first start begins again.
    unfinished.rename(state.pristine)


def refresh(state: State) -> None:
    """Make the live databases as good as new."""
    shutil.rmtree(state.live, ignore_errors=True)
    shutil.copytree(state.pristine, state.live)


def copy(made: State, state: State) -> None:
    """Give *state* the pristine databases of *made*."""
    shutil.copytree(made.pristine, state.pristine)


def _key() -> str:
    """Return a key that changes when the databases must be made anew."""
    digest = sha256()
    for name in _SOURCES:
        digest.update((_HERE / name).read_bytes())
    return digest.hexdigest()


def _seed(
    state: State, python: Path, held: int, what: str, *arguments: str
) -> AbstractContextManager[processes.Process]:
    conf = state.etc / what / f'{what}.conf'
    module = f'tests.cloud.seed_{what}'
    return processes.started(
        [python, '-m', module, conf, *arguments],
        state.log('seed'),
        processes.surroundings(),
        held=(held,),
    )


def _back_up(source: Path, target: Path) -> None:
    """Copy a database that may be in use."""
    with (
        closing(sqlite3.connect(source)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        _let_readers_be(new)


def _let_readers_be(connection: sqlite3.Connection) -> None:
    """Let readers and the writer of a database not wait for one another."""
    connection.execute('PRAGMA journal_mode = WAL')
