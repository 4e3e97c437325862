"""The filters of a place's list, as a table of rows."""

import datetime

import pytest

from nova_update_guard.compute_api.microversions import MAX, Version
from nova_update_guard.compute_api.place_filters import PLACE_FILTERS
from nova_update_guard.compute_api.place_routes import PLACES, rule_of
from nova_update_guard.layers import place_query

NOW = datetime.datetime(2030, 1, 2, 3, 4, 5, 600000, datetime.timezone.utc)
MIGRATIONS, USAGES = '/os-migrations', '/os-simple-tenant-usage'
OWN = {'project_id': 'p1', 'tenant_id': 'p1', 'user_id': 'u1'}


def checked(
    *pairs, route=MIGRATIONS, version=MAX, verdict=lambda rule: False, own=OWN
):
    return place_query.check(pairs, version, verdict, route, own, NOW)


def named(row):
    return f'{row.route}-{row.key}'


@pytest.mark.parametrize('row', PLACE_FILTERS, ids=named)
@pytest.mark.parametrize('version', [MAX, None, Version(2, 999)])
def test_a_filter_by_a_hidden_attribute_is_refused_and_named(row, version):
    given = {'route': row.route, 'version': version}
    rule = rule_of(row.attribute)

    refusal = checked(('limit', '1'), (row.key, 'x'), **given)

    assert (refusal.status, refusal.reason) == (400, rule)
    assert refusal.message == (
        f'This list cannot be filtered by {row.key!r}: it would reveal what '
        f'{rule} hides.'
    )
    assert refusal.fields == (row.key,)
    others = {'verdict': lambda asked: asked == rule, **given}
    assert checked((row.key, 'x'), **others) is None


@pytest.mark.parametrize('row', PLACE_FILTERS, ids=named)
def test_before_nova_knows_a_key_it_is_nova_s(row):
    before = row.since._replace(minor=row.since.minor - 1)
    pair = (row.key, 'x')

    assert checked(pair, route=row.route, version=before) is None
    assert checked(pair, route=row.route, version=row.since)


@pytest.mark.parametrize('row', PLACE_FILTERS, ids=named)
def test_a_rule_that_depends_on_the_server_denies(row):
    given = {'route': row.route, 'verdict': lambda rule: None}

    assert checked((row.key, 'x'), **given)


def test_the_callers_own_ids_reveal_nothing():
    for key, own in (('project_id', 'p1'), ('user_id', 'u1')):
        assert checked((key, own)) is None
        for other in ('', 'x', own.upper(), f' {own}', f'{own}\n'):
            assert checked((key, other))
            # nova takes the last of several values.
            assert checked((key, own), (key, other))
    assert checked(('user_id', 'p1'))
    assert checked(('user_id', ''), own=dict.fromkeys(OWN))


@pytest.mark.parametrize(
    'text',
    [
        '2030-01-02T03:04:05.600000',
        '2030-01-02T03:04:06',
        '2030-01-02 03:04:05.6',
        '9999-12-31T23:59:59',
    ],
)
def test_a_period_that_goes_on_tells_nothing(text):
    assert checked(('end', text), route=USAGES) is None
    # nova takes the first of several values.
    assert checked(('end', text), ('end', '2030-01-01T00:00:00'), route=USAGES)
    assert checked(('start', text), route=USAGES)


@pytest.mark.parametrize(
    'text',
    [
        '',
        'x',
        '2030-01-02T03:04:05',
        '2030-01-02 03:04:05.599999',
        # None of nova's forms.
        '2031-01-02',
        '2031-01-02T03:04:06Z',
        '2031-01-02T03:04:06;x',
    ],
)
def test_an_end_in_the_past_or_not_read_is_refused(text):
    assert checked(('end', text), route=USAGES)


@pytest.mark.parametrize('key', ['limit', 'marker', 'node', 'sort_key', 'new'])
@pytest.mark.parametrize('version', [MAX, None, Version(2, 1)])
def test_a_key_without_a_row_is_nova_s(key, version):
    for route in (*place_query.ROUTES, '/os-server-groups'):
        assert checked((key, 'x'), route=route, version=version) is None


@pytest.mark.parametrize('row', PLACE_FILTERS, ids=named)
def test_a_filter_tells_what_its_place_shows(row):
    """Where the place is open, so is the filter: nova gets the request."""
    place = next(each for each in PLACES.values() if each.route == row.route)

    assert rule_of(row.attribute) in place.rules
