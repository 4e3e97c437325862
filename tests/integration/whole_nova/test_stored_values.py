"""nova stores each value as the guard says that it will.

Values are generated, and set by the real nova in each way there is; the
server then shows what has become of them.
"""

from collections.abc import Callable, Iterator
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from nova.tests.fixtures import ConfPatcher

from nova_update_guard.compute_api.action_fields import action_fields_at
from nova_update_guard.compute_api.microversions import Version
from nova_update_guard.compute_api.update_fields import fields_at, stored
from nova_update_guard.layers import changes
from tests.whole_nova.client import ADMIN, LEGACY, NEWEST, Client, Request
from tests.whole_nova.requests import IMAGE, create

Guarded = Callable[..., Client]

# Letters that nova takes for a name, and every space that it takes with them.
LETTERS = [*'adminADMINé-_.:', *' \u00a0\u1680\u2000\u200a\u202f\u205f\u3000']
NAMES = st.text(st.sampled_from(LETTERS), min_size=1, max_size=9)


def spelled(number: int, spelling: int) -> str:
    """Return one of the spellings of an address of version 6."""
    address = IPv6Address(number)
    text = [str(address), address.exploded, f'{address.exploded[:-9]}0.0.0.1']
    return [text[spelling % 3], text[spelling % 3].upper()][spelling // 3]


ADDRESSES = st.builds(
    spelled,
    st.integers(0, 2**128 - 1)
    | st.integers(0, 2**40)
    | st.integers(0xFFFF << 32, (0xFFFF << 32) + 2**32 - 1),
    st.integers(0, 5),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    'name': NAMES,
    'accessIPv4': st.ip_addresses(v=4).map(str),
    'accessIPv6': ADDRESSES,
    'description': st.none() | st.text(st.sampled_from(LETTERS), max_size=9),
    'hostname': st.text(st.sampled_from([*'aVM19-_.']), min_size=1),
    'OS-DCF:diskConfig': st.sampled_from(['AUTO', 'MANUAL']),
    'pinned_availability_zone': st.sampled_from([None, 'nova']),
}
MINORS = (LEGACY, 1, NEWEST)
# At which versions nova takes which field.
UPDATED = [
    (minor, field)
    for minor in MINORS
    for field in fields_at(Version(2, minor))
]
REBUILT = [
    (minor, action_field.field)
    for minor in MINORS
    for action_field in action_fields_at(Version(2, minor)).values()
    if action_field.action == 'rebuild'
]

few = settings(
    max_examples=5,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)


@pytest.fixture(scope='module')
def own(raw: Client) -> Iterator[str]:
    """A server of these tests' own."""
    server_id = raw.send(create(NEWEST)).json['server']['id']
    yield server_id
    raw.send(Request('DELETE', f'/servers/{server_id}'))


def visible(raw: Client, server_id: str, field: str) -> Any:
    """Return the value of *field* for an administrator."""
    reply = raw.send(Request('GET', f'/servers/{server_id}'), ADMIN)
    return reply.json['server'][changes.attribute(field)]


def act(raw: Client, server_id: str, action: object, minor: int) -> int:
    request = Request('POST', f'/servers/{server_id}/action', action)
    return raw.send(request, ADMIN, minor).status


@pytest.mark.parametrize(('minor', 'field'), UPDATED)
@few
@given(data=st.data())
def test_an_update_stores_the_value_that_the_guard_expects(
    raw: Client, own: str, minor: int, field: str, data: st.DataObject
) -> None:
    value = data.draw(VALUES[field])
    request = Request('PUT', f'/servers/{own}', {'server': {field: value}})
    assume(raw.send(request, ADMIN, minor).status == 200)

    assert visible(raw, own, field) == stored(field, value)


@pytest.mark.parametrize(('minor', 'field'), REBUILT)
@settings(few, max_examples=2)
@given(data=st.data())
def test_a_rebuild_stores_the_value_that_the_guard_expects(
    raw: Client, own: str, minor: int, field: str, data: st.DataObject
) -> None:
    value = data.draw(VALUES[field])
    action = {'rebuild': {'imageRef': IMAGE, field: value}}
    assume(act(raw, own, action, minor) == 202)

    assert visible(raw, own, field) == stored(field, value)


def test_a_resize_stores_the_value_that_the_guard_expects(
    raw: Client, own: str
) -> None:
    # There is one host, and disks do not shrink.
    with ConfPatcher(allow_resize_to_same_host=True):
        for flavor, value in (('2', 'AUTO'), ('3', 'MANUAL')):
            resize = {'flavorRef': flavor, 'OS-DCF:diskConfig': value}
            assert act(raw, own, {'resize': resize}, NEWEST) == 202
            assert act(raw, own, {'confirmResize': None}, NEWEST) == 204

            kept = stored('OS-DCF:diskConfig', value)
            assert visible(raw, own, 'OS-DCF:diskConfig') == kept


@pytest.mark.parametrize('zone', ['nova', None, ''])
def test_an_unshelve_stores_the_value_that_the_guard_expects(
    raw: Client, own: str, zone: str | None
) -> None:
    unshelve = {'unshelve': {'availability_zone': zone}}

    assert act(raw, own, {'shelve': None}, NEWEST) == 202
    assert act(raw, own, unshelve, NEWEST) == 202

    pinned = visible(raw, own, 'pinned_availability_zone')
    # nova keeps an empty one, and asks for no zone then.
    assert (pinned or None) == stored('pinned_availability_zone', zone)


@pytest.fixture(scope='module')
def constrained(guarded: Guarded, tmp_path_factory: Any) -> Client:
    """nova behind a guard that keeps names of administrators."""
    file: Path = tmp_path_factory.mktemp('held') / 'constraints.yaml'
    file.write_text(
        "name: [{schema: {not: {pattern: '^(?i)admin'}}, message: No.}]\n"
    )
    return guarded(constraints_file=str(file))


@few
@given(
    st.text(st.sampled_from([' ', '\u3000', '\xa0']), max_size=2),
    st.sampled_from(['admin', 'Admin', 'ad min', 'root']),
    st.sampled_from(['', ' ', 'x']),
    st.sampled_from([LEGACY, NEWEST]),
)
def test_no_spelling_bypasses_a_constraint(
    raw: Client,
    constrained: Client,
    own: str,
    before: str,
    name: str,
    after: str,
    minor: int,
) -> None:
    update = {'server': {'name': f'{before}{name}{after}'}}
    rebuild = {'rebuild': {'imageRef': IMAGE, **update['server']}}

    for request in (
        Request('PUT', f'/servers/{own}', update),
        Request('POST', f'/servers/{own}/action', rebuild),
    ):
        reply = constrained.send(request, ADMIN, minor)
        assert not visible(raw, own, 'name').lower().startswith('admin')
        if minor == LEGACY:
            assert (reply.status == 400) == (name.lower() == 'admin')
