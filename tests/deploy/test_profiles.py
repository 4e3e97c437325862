"""Each combination of fields under each profile in etc/."""

import itertools

import pytest

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import fields_at
from nova_update_guard.conf import guard as guard_options
from nova_update_guard.layers import modes
from tests.cloud.processes import ROOT
from tests.standin import SERVER
from tests.updates import message, put

FOLDER = ROOT / 'etc' / 'nova-update-guard' / 'profiles'
OLD = {
    'name': 'old',
    'OS-DCF:diskConfig': 'AUTO',
    'accessIPv4': '192.0.2.1',
    'accessIPv6': '2001:db8::1',
    'description': 'old',
    'hostname': 'old',
    'pinned_availability_zone': None,
}
NEW = {
    'name': 'new',
    'OS-DCF:diskConfig': 'MANUAL',
    'accessIPv4': '192.0.2.2',
    'accessIPv6': '2001:db8::2',
    'description': 'new',
    'hostname': 'new',
    'pinned_availability_zone': 'zone-east',
}
TOGETHER = {
    'strict': [],
    'horizon': [{'name', 'description'}],
    'interop': [{'name', 'description'}, {'accessIPv4', 'accessIPv6'}],
}


@pytest.fixture(params=TOGETHER)
def profile(request):
    return request.param


@pytest.fixture
def update(profile, guarded, nova):
    """Return what sends an update under a profile."""
    attributes = {
        'OS-EXT-SRV-ATTR:hostname' if name == 'hostname' else name: value
        for name, value in OLD.items()
    }
    nova.respond({'server': SERVER | attributes})
    guard = guarded(oslo_config_file=str(FOLDER / f'{profile}.conf'))

    def update(values):
        version = {'OpenStack_API_Version': f'compute {MAX}'}
        return put(guard, {'server': values}, status='*', **version)

    return update


def combinations():
    for number in range(1, len(NEW) + 1):
        yield from itertools.combinations(NEW, number)


def is_allowed(profile, fields):
    return len(fields) == 1 or any(
        together.issuperset(fields) for together in TOGETHER[profile]
    )


def test_these_are_all_fields_and_all_profiles(profile):
    assert fields_at(MAX).keys() == OLD.keys() == NEW.keys()
    assert {file.stem for file in FOLDER.glob('*.conf')} == TOGETHER.keys()


def test_every_combination_of_new_values_works_or_is_refused_by_name(
    profile, update
):
    for fields in combinations():
        response = update({field: NEW[field] for field in fields})

        if is_allowed(profile, fields):
            assert response.status_int == 200, fields
        else:
            assert response.status_int == 400, fields
            assert (
                f'{len(fields)} were given: {", ".join(fields)}.'
                in message(response)
            )


def test_a_new_value_beside_one_as_it_was_works_where_changes_count(
    profile, update
):
    options = guard_options.load(
        {'oslo_config_file': str(FOLDER / f'{profile}.conf')}, modes.LAYERS
    )
    for new, old in itertools.permutations(NEW, 2):
        response = update({old: OLD[old], new: NEW[new]})

        works = options.counts_changed or is_allowed(profile, (old, new))
        assert response.status_int == (200 if works else 400), (new, old)
