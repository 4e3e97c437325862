"""Write the constraints of the proxy's environment: those that were tested.

Run ``python -m tests.packaging.constraints`` in the environment of the tests.
"""

import importlib.metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.cloud.processes import ROOT

PROJECT = 'nova_update_guard'
FILE = ROOT / 'etc' / 'nova-update-guard' / 'constraints.txt'
TESTED = ROOT / 'tests' / 'constraints.txt'
# Of the users of openstack and of Horizon, which have libraries of their own.
_ELSEWHERE = ('client', 'horizon')
SERVERS = ('gunicorn', 'pyuwsgi')
# Any version does, and a new environment on Python 3.11 has one already.
_ANY = {'setuptools'}
_HEAD = """\
# The libraries of the guard, of its extras and of the WSGI servers, in the
# versions that its tests ran with on Python 3.11:
#     pip install -c constraints.txt '.[proxy,...]' pyuwsgi
"""


def extras() -> list[str]:
    """Return the extras of a host of the guard."""
    metadata = importlib.metadata.metadata(PROJECT)
    every = metadata.get_all('Provides-Extra') or []
    return sorted({*every} - {*_ELSEWHERE})


def requirements() -> list[str]:
    """Return all that such a host may install."""
    return [f'{PROJECT}[{",".join(extras())}]', *SERVERS]


def text() -> str:
    """Return what the file should say. Raises LookupError."""
    wanted = _wanted()
    lines = {
        canonicalize_name(line.partition('==')[0]): line
        for line in TESTED.read_text().splitlines()
        if '==' in line
    }
    if missing := wanted - lines.keys():
        raise LookupError(f'{TESTED} has no version of {sorted(missing)}')
    kept = [lines[name] for name in lines if name in wanted]
    return _HEAD + '\n'.join(kept) + '\n'


def _wanted() -> set[str]:
    """Return the names of the libraries, and of those that they need."""
    seen = set()
    todo = [*map(Requirement, requirements())]
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        one = (name, frozenset(wanted.extras))
        if one not in seen:
            seen.add(one)
            needs = importlib.metadata.distribution(name).requires or []
            todo += [
                need
                for need in map(Requirement, needs)
                if _applies(need, wanted.extras)
            ]
    return {name for name, _ in seen} - {canonicalize_name(PROJECT), *_ANY}


def _applies(need: Requirement, of: set[str]) -> bool:
    return need.marker is None or any(
        need.marker.evaluate({'extra': extra}) for extra in ('', *of)
    )


if __name__ == '__main__':
    FILE.write_text(text())
