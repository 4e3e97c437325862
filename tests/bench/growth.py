"""How the cost grows: with servers, hidden attributes and policy.

Each series is in terms of its last point: what grows with the size has the
size's own share there.
"""

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.deploy import filters
from tests.bench import documents, inprocess, measure, redactions
from tests.bench.measure import Ratio, Work

SERVERS = (1, 10, 100, 1000)
HIDDEN = (0, 10, 60)
LINES = (0, 10, 100, 1000)
_ROUNDS = 9
_SHOW = 'update_guard:server:show:'


class Series(NamedTuple):
    """Costs at growing *sizes* of something, as shares of the last one's."""

    name: str
    sizes: Sequence[int]
    costs: list[Ratio]


def series() -> list[Series]:
    """Return all that is measured of growth."""
    return [
        _series(
            'redacting a list, by its servers',
            SERVERS,
            lambda count: redactions.redacting(
                documents.body(count), redactions.caller({}, redactions.MEMBER)
            ),
        ),
        _series(
            'redacting 100 servers, by hidden attributes', HIDDEN, _hiding
        ),
        _series('an update, by lines of policy', LINES, _under),
        _series('loading the policy, by its lines', LINES, _loading),
    ]


def _series(
    name: str, sizes: Sequence[int], work_at: Callable[[int], Work]
) -> Series:
    works = [work_at(size) for size in sizes]
    counts = [measure.count(work) for work in works]
    rounds = [
        [
            measure.seconds(work, count)
            for work, count in zip(works, counts, strict=True)
        ]
        for _ in range(_ROUNDS)
    ]
    ratios = [
        measure.spread([spent[place] / spent[-1] for spent in rounds])
        for place in range(len(sizes))
    ]
    return Series(name, sizes, ratios)


def _hiding(count: int) -> Work:
    """Return a function that redacts servers with *count* hidden attributes.

    Attributes of a vendor's make up what nova does not have so many of.
    """
    names = [row.name for row in SERVER_ATTRIBUTES if '.' not in row.name]
    listed = [*dict.fromkeys(names)][:count]
    vendors = {f'vendor:{number}': 'a value' for number in range(60)}
    body = json.dumps(
        {'servers': [documents.server(n) | vendors for n in range(100)]}
    )
    everything = dict.fromkeys(redactions.show_rules(), '@')
    hidden = {f'{_SHOW}{name}': '!' for name in listed}
    if len(listed) < count:
        hidden[f'{_SHOW}unlisted'] = '!'
    caller = redactions.caller(everything | hidden, redactions.MEMBER)
    return redactions.redacting(body.encode(), caller)


def _policy(lines: int) -> dict[str, str]:
    """Return a policy of so many lines, each of which the guard must read."""
    return {f'role_{n}': f'role:role_{n} or role:admin' for n in range(lines)}


def _under(lines: int) -> Work:
    file = Path(tempfile.mkdtemp(), 'policy.yaml')
    file.write_text(_yaml(_policy(lines)))
    guarded = filters.update_guard(
        {}, policy_file=str(file), decision_sample='0'
    )(inprocess.ok)
    return inprocess.updating(guarded, inprocess.member())


def _loading(lines: int) -> Work:
    file = Path(tempfile.mkdtemp(), 'policy.yaml')
    file.write_text(_yaml(_policy(lines)))
    return lambda: filters.update_guard({}, policy_file=str(file))


def _yaml(rules: dict[str, str]) -> str:
    return ''.join(f'{rule}: {text}\n' for rule, text in rules.items()) or '#'
