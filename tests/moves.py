"""``python -m tests.moves``: how often one request moves between modules.

A reader who follows a request turns a page at each move: a call from one
module of the package into another. Counted by a profiler hook, on the filter
with its default policy, once everything that is kept has been kept.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import webtest

from nova_update_guard.deploy import filters
from tests import standin

PACKAGE = 'nova_update_guard.'


class Moves(NamedTuple):
    """How many calls, of them from one module into another, and modules."""

    calls: int
    moves: int
    modules: int
    between: Counter[tuple[str, str]]


def counted(work: Callable[[], object]) -> Moves:
    """Return the calls of *work* inside the package."""
    calls: Counter[tuple[str, str]] = Counter()

    def hook(frame: FrameType, event: str, _: Any) -> None:
        into = _module(frame)
        if event == 'call' and into:
            calls[_caller(frame), into] += 1

    sys.setprofile(hook)
    try:
        work()
    finally:
        sys.setprofile(None)
    between = Counter(
        {pair: count for pair, count in calls.items() if pair[0] != pair[1]}
    )
    modules = {into for _, into in calls}
    return Moves(calls.total(), between.total(), len(modules), between)


def _module(frame: FrameType) -> str:
    name = str(frame.f_globals.get('__name__', ''))
    return name.removeprefix(PACKAGE) if name.startswith(PACKAGE) else ''


def _caller(frame: FrameType) -> str:
    above = frame.f_back
    while above is not None and not _module(above):
        above = above.f_back
    return _module(above) if above else ''


def requests(folder: Path) -> dict[str, Callable[[], object]]:
    """Return an update and a list, each of which a member may ask for."""
    nova = standin.Nova()
    policy = folder / 'policy.yaml'
    policy.write_text('# The defaults.\n')
    guard = webtest.TestApp(
        filters.update_guard({}, policy_file=str(policy))(nova)
    )
    server = standin.SERVER
    body = json.dumps({'server': {'name': 'new'}})

    def update() -> None:
        nova.respond({'server': server})
        guard.put(
            '/servers/s1',
            body,
            content_type='application/json',
            extra_environ=standin.MEMBER,
        )

    def listed() -> None:
        nova.respond({'servers': [server] * 10})
        guard.get('/servers/detail', extra_environ=standin.MEMBER)

    return {'PUT /servers/{id}': update, 'GET /servers/detail': listed}


def main() -> int:
    """Print a table, and with ``-v`` each pair of modules."""
    with tempfile.TemporaryDirectory() as folder:
        for name, work in requests(Path(folder)).items():
            for _ in range(3):
                work()
            found = counted(work)
            print(
                f'{name:20} {found.calls:4} calls  {found.moves:3} moves '
                f'between {found.modules} modules'
            )
            if '-v' in sys.argv:
                for (one, other), count in found.between.most_common():
                    print(f'{count:6}  {one} -> {other}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
