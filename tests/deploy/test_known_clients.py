import pytest

from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.deploy import known_clients
from nova_update_guard.deploy.known_clients import KNOWN

BOTH = frozenset(('name', 'description'))
ADDRESSES = frozenset(('accessIPv4', 'accessIPv6'))


def refused(*settings):
    return {
        f'{known.client}: {known.operation}'
        for known in KNOWN
        if known_clients.is_refused(known, *settings)
    }


@pytest.mark.parametrize('known', KNOWN, ids=lambda known: known.operation)
def test_clients_send_fields_and_change_some_of_them(known):
    assert set(known.changes) <= set(known.sends)
    assert set(known.sends) <= {row.name for row in UPDATE_FIELDS}


def test_all_that_send_more_than_one_are_refused_by_the_defaults():
    assert refused(False, (), False) == {
        f'{known.client}: {known.operation}'
        for known in KNOWN
        if len(known.sends) != 1
    }


def test_clients_that_send_unchanged_fields_pass_if_only_changes_count():
    more = refused(False, (), False) - refused(True, (), False)

    assert more == {
        'Horizon: new description',
        'Horizon: rename, with a description',
        'Horizon: Save, nothing changed',
        'python-novaclient: two arguments, one of them as it was',
    }


def test_where_pairs_are_one_and_nothing_is_allowed_only_others_are_refused():
    assert refused(True, (BOTH, ADDRESSES), True) == {
        'gophercloud: two options'
    }


def test_an_empty_update_is_refused_under_either_counting():
    assert 'Tempest: nothing, to read the response' in refused(
        True, (BOTH, ADDRESSES), False
    )
