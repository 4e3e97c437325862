"""Series at which each alert fires, and such as are just short of it.

The values are in promtool's notation, one a minute: ``1x3`` is 1 and three
more of it, ``0+2x3`` counts up by 2, ``_`` is none, and ``stale`` is the end.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tests.alerts.rules import JOB

Series = Mapping[str, str]

_OURS = f'job="{JOB}", instance="guard-1:8871"'
_OTHERS = f'job="{JOB}", instance="guard-2:8871"'
_UP = f'up{{{_OURS}}}'
_STALE = f'nova_update_guard_policy_stale{{{_OURS}}}'
_LOST = f'nova_update_guard_lost_records_total{{{_OURS}}}'
BY_GUARD: Series = {'job': JOB, 'instance': 'guard-1:8871'}
BY_JOB: Series = {'job': JOB}


class Case(NamedTuple):
    """An *alert* that is *firing* after so many minutes, and not at *before*.

    It does not fire with one of the *quiet* ones. *labels* are those besides
    its severity. Rules are evaluated *every* so many minutes.
    """

    alert: str
    firing: Series
    before: int
    after: int
    quiet: tuple[Series, ...]
    labels: Series = BY_GUARD
    every: int = 1
    over: int | None = None


def _revision(pid: int, of: str = _OURS) -> str:
    return f'nova_update_guard_policy_revision{{{of}, pid="{pid}"}}'


def _errors(cause: str) -> str:
    return f'nova_update_guard_errors_total{{{_OURS}, cause="{cause}"}}'


def _health(outcome: str) -> str:
    return (
        f'nova_update_guard_health_checks_total{{{_OURS}, '
        f'outcome="{outcome}"}}'
    )


def _reached() -> str:
    """Return the series of requests that reach nova."""
    return f'nova_update_guard_nova_seconds_count{{{_OURS}, operation="read"}}'


def _changes(refused: str, checked: str, mode: str = 'enforce') -> Series:
    labels = f'{_OURS}, operation="update"'
    decided = f'{labels}, layer="field_policy", verdict="refuse"'
    return {
        f'nova_update_guard_decisions_total{{{decided}, mode="{mode}"}}': (
            refused
        ),
        f'nova_update_guard_seconds_count{{{labels}}}': checked,
    }


def _times(fast: str, usual: str, total: str, up: str = '1x1700') -> Series:
    """Return the histogram of requests of up to 0.1, 1 and 10 ms.

    They begin after a day, in which the guard was *up*.
    """
    labels = f'{_OURS}, operation="read"'
    name = 'nova_update_guard_seconds'
    return {
        _UP: up,
        f'{name}_bucket{{{labels}, le="0.0001"}}': f'_x1440 {fast}',
        f'{name}_bucket{{{labels}, le="0.001"}}': f'_x1440 {usual}',
        f'{name}_bucket{{{labels}, le="0.01"}}': f'_x1440 {total}',
        f'{name}_bucket{{{labels}, le="+Inf"}}': f'_x1440 {total}',
        f'{name}_count{{{labels}}}': f'_x1440 {total}',
    }


_SLOWED = ('0+100x200 20000x40', '0+100x200 20000x40', '0+100x240')
CASES = (
    Case('NovaUpdateGuardDown', {_UP: '1 0x9'}, 2, 3, ({_UP: '1 0 1 0 1'},)),
    Case(
        'NovaUpdateGuardAbsent',
        {'up{job="node", instance="a"}': '1x9'},
        *(4, 5),
        ({f'up{{job="{JOB}-north", instance="a"}}': '0x39'},),
        {},
    ),
    Case(
        'NovaUpdateGuardNoPolicy',
        {_UP: '1x9', _revision(1): '7x9', _revision(2): '0x9'},
        *(4, 5),
        (
            {_UP: '1x9', _revision(1): '0 7x8'},
            {_UP: '1x9', _revision(1): '7x9', _revision(2): '0 stale'},
        ),
    ),
    # Each worker ends before it has a policy.
    Case(
        'NovaUpdateGuardNoPolicy',
        {
            _UP: '1x9',
            _revision(1): '7x9',
            **{_revision(9 + n): '_ ' * 3 * n + '0 stale' for n in range(4)},
        },
        *(4, 5),
        (),
    ),
    # Metrics without a guard.
    Case('NovaUpdateGuardNoPolicy', {_UP: '1x9'}, 4, 5, ({_UP: '0x9'},)),
    Case(
        'NovaUpdateGuardUnhealthy',
        {_health('failed'): '0 60+60x9', _health('ok'): '0x10'},
        *(2, 3),
        (
            {_health('failed'): '0 60x9'},
            {_health('failed'): '0 60 120x9'},
            {_health('failed'): '60x10', _health('ok'): '0 60+60x9'},
        ),
        {**BY_GUARD, 'outcome': 'failed'},
    ),
    # An outage of some minutes is told while it lasts, and no longer.
    Case(
        'NovaUpdateGuardUnhealthy',
        {_health('failed'): '0 60 120 180x9', _health('ok'): '0x3 60+60x9'},
        *(2, 3),
        (),
        {**BY_GUARD, 'outcome': 'failed'},
        over=4,
    ),
    *(
        Case(
            f'NovaUpdateGuard{name}Fails',
            {_errors(cause): '0x2 60 120 180 240x20'},
            *(5, 6),
            (),
            {**BY_GUARD, 'cause': cause},
            over=8,
        )
        for name, cause in (('Nova', 'nova'), ('Keystone', 'keystone'))
    ),
    *(
        Case(
            f'NovaUpdateGuard{name}Fails',
            # One in a minute, in a quiet cloud.
            {_errors(cause): '0+1x20'},
            *(6, 7),
            (
                {_errors(cause): '0 99x9'},
                {_errors(cause): '0 99 198x9'},
                # Three, and three more before the first are out of the window.
                {_errors(cause): '0 3 3 3 3 6 6 6 6 9x20'},
                {_errors(other): '0 1+1x9', _errors('guard'): '0 1+1x9'},
            ),
            {**BY_GUARD, 'cause': cause},
        )
        for name, cause, other in (
            ('Nova', 'nova', 'keystone'),
            ('Keystone', 'keystone', 'nova'),
        )
    ),
    # One in ten of those that reach nova, and a tenth less.
    Case(
        'NovaUpdateGuardNovaFails',
        {_errors('nova'): '0+11x40', _reached(): '0+100x40'},
        *(4, 5),
        ({_errors('nova'): '0+9x40', _reached(): '0+100x40'},),
        {**BY_GUARD, 'cause': 'nova'},
    ),
    Case(
        'NovaUpdateGuardErrors',
        {_errors('guard'): '0 0 1x9'},
        *(1, 2),
        (
            {_errors('guard'): '9x9'},
            {_errors('nova'): '0 1x9', _errors('keystone'): '0 1x9'},
        ),
        {**BY_GUARD, 'cause': 'guard'},
    ),
    Case(
        'NovaUpdateGuardPolicyStale',
        {_STALE: '0 1x9'},
        *(5, 6),
        ({_STALE: '0 1 1 1 1 0x9'},),
    ),
    Case(
        'NovaUpdateGuardRevisionsDiffer',
        {_revision(1): '7x19', _revision(1, _OTHERS): '8x19'},
        *(9, 10),
        (
            {_revision(1): '7x19', _revision(1, _OTHERS): '8x9 7x9'},
            {_revision(1): '7x19', _revision(2): '0x19'},
            {
                _revision(1): '7x19',
                _revision(1, f'job="{JOB}-north", instance="a"'): '8x19',
            },
        ),
        BY_JOB,
    ),
    Case(
        'NovaUpdateGuardRecordsLost',
        {_LOST: '0 0 1x9'},
        *(1, 2),
        ({_LOST: '9x9'},),
    ),
    # Of 100 changes a minute 10 are refused for ten hours, then more.
    Case(
        'NovaUpdateGuardRefusalsRisen',
        _changes('0+10x600 6030+30x60', '0+100x660'),
        *(632, 633),
        (
            _changes('0+10x600 6022+22x60', '0+100x660'),
            _changes('0+10x600 6030+30x60', '0+100x660', mode='audit'),
            # As many of three times the changes.
            _changes('0+10x600 6030+30x60', '0+100x600 60300+300x60'),
            # The first 18 and 19 of half an hour.
            _changes('0x600 0.6+0.6x60', '0+100x660'),
        ),
        BY_JOB,
    ),
    # None was refused before.
    Case(
        'NovaUpdateGuardRefusalsRisen',
        _changes('0x600 0.7+0.7x60', '0+100x660'),
        *(638, 639),
        (),
        BY_JOB,
    ),
    # Every change is refused.
    Case(
        'NovaUpdateGuardRefusalsRisen',
        _changes('0+50x600 30100+100x60', '0+100x660'),
        *(625, 626),
        (_changes('0+100x660', '0+100x660'),),
        BY_JOB,
    ),
    # After 200 minutes, all requests take one to ten milliseconds.
    Case(
        'NovaUpdateGuardSlow',
        _times(*_SLOWED),
        *(1650, 1655),
        (
            _times('0+100x200 20000x40', '0+100x240', '0+100x240'),
            # They always did.
            _times('0x240', '0x240', '0+100x240'),
            # Some do, at night.
            _times('0+9x200 1800x40', '0+9x200 1800x40', '0+9x240'),
            # There is no day before.
            _times(*_SLOWED, up='_x1440 1x240'),
        ),
        every=5,
    ),
)
