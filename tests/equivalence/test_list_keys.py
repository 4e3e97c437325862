"""The table of list keys has every key that nova lists servers by."""

import functools
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st
from nova.api.openstack import api_version_request, common
from nova.api.openstack.compute import servers
from nova.api.openstack.compute.schemas import servers as schemas
from nova.api.openstack.compute.servers import ServersController
from nova.db.main import models
from sqlalchemy import inspect
from webob.multidict import MultiDict

from nova_update_guard.compute_api.microversions import LEGACY_V2, Version
from nova_update_guard.layers.list_query import (
    ATTRIBUTES_BY_COLUMN,
    ATTRIBUTES_BY_FILTER,
    RULES,
    SCHEMAS_SINCE,
    UNRESTRICTED,
    takes_any_key,
)
from nova_update_guard.layers.sort_keys import (
    DEFAULT_KEY,
    IGNORED,
    SORT_KEYS,
    hidden,
    without,
)
from tests.equivalence import model, tables

QUERY = 'request_query_schema'
MINORS = range(1, model.newest() + 1)

# nova's own key and direction.
OWN = ('created_at', 'desc')
# By these nova chooses, and no schema or column has them.
_ELSEWHERE = {'fixed_ip'}


@functools.cache
def queries(minor: int) -> list[dict[str, Any]]:
    """Return the keys in the query of each list at 2.*minor*."""
    found = (
        tables.schema_at(controller, QUERY, method, minor)
        for controller in model.server_controllers()
        for method in ('index', 'detail')
    )
    return [query for query in found if query]


def filters() -> set[str]:
    """Return the keys of a query that nova itself knows."""
    return {
        key
        for minor in MINORS
        for query in queries(minor)
        for key in query['properties']
    } - {'sort_key'}


def options() -> set[str]:
    """Return the filters that nova gives everybody, at its newest version."""
    newest = f'2.{model.newest()}'
    version = api_version_request.APIVersionRequest(newest)
    request = SimpleNamespace(
        api_version_request=version, is_legacy_v2=lambda: False
    )
    found = ServersController._get_server_search_options(None, request)
    return set(found)


def columns() -> set[str]:
    """Return an administrator's filters under ``/v2``."""
    return {column.key for column in inspect(models.Instance).columns}


def sort_keys() -> set[str]:
    return {
        key
        for minor in MINORS
        for query in queries(minor)
        for key in query['properties']['sort_key']['items']['enum']
    }


def test_every_key_by_which_nova_filters_has_its_row() -> None:
    known = ATTRIBUTES_BY_FILTER.keys() | UNRESTRICTED

    assert filters() - known == set()
    assert options() - known == set()
    assert columns() - known - ATTRIBUTES_BY_COLUMN.keys() == set()
    assert ATTRIBUTES_BY_COLUMN.keys() & filters() == set()


def test_every_key_by_which_nova_sorts_has_its_row() -> None:
    assert sort_keys() - IGNORED == SORT_KEYS
    assert SORT_KEYS - RULES.keys() == set()
    assert columns() - RULES.keys() - IGNORED == set()


def test_the_key_that_is_left_in_is_the_one_of_novas_own_order() -> None:
    keys, directions = common.get_sort_params(MultiDict())

    assert (keys, directions) == ([DEFAULT_KEY], ['desc'])


def test_the_table_has_no_key_that_nova_does_not_have() -> None:
    novas = filters() | options() | columns() | sort_keys() | _ELSEWHERE

    assert (RULES.keys() | UNRESTRICTED | IGNORED) - novas == set()


def test_ignored_sort_keys_are_those_that_nova_ignores() -> None:
    ignored = set(schemas.SERVER_LIST_IGNORE_SORT_KEY)
    later = set(schemas.SERVER_LIST_IGNORE_SORT_KEY_V273)

    assert ignored & later == IGNORED
    assert ignored - later <= ATTRIBUTES_BY_FILTER.keys()


@given(
    st.lists(st.sampled_from(['host', 'uuid', 'vm_state'])),
    st.lists(st.sampled_from(['asc', 'desc'])),
)
def test_nova_sorts_as_if_it_ignored_what_is_taken_out(
    keys: list[str], directions: list[str]
) -> None:
    query = urlencode(
        [('sort_key', key) for key in keys]
        + [('sort_dir', each) for each in directions]
    )
    verdict = {RULES['host'][0]: False}
    found = hidden(
        parse_qsl(query), LEGACY_V2, lambda rule: verdict.get(rule, True)
    )
    left = MultiDict(parse_qsl(without(query, found)))

    ignoring = servers.remove_invalid_sort_keys(
        None, [*keys], [*directions], ['host'], ()
    )
    # nova has a default where a query names none.
    expected = [each or [own] for each, own in zip(ignoring, OWN, strict=True)]
    assert [*common.get_sort_params(left)] == expected


def test_nova_drops_or_refuses_unknown_keys_at_these_versions() -> None:
    # It drops them where it has an additionalProperties, of either value.
    assert {
        minor
        for minor in MINORS
        if not all('additionalProperties' in each for each in queries(minor))
        or takes_any_key(Version(2, minor))
    } == set()
    # Under /v2 no schema is in force.
    assert SCHEMAS_SINCE > LEGACY_V2
    assert schemas.index_query not in queries(0)


def test_nova_refuses_sort_keys_that_its_schemas_do_not_have() -> None:
    items = [
        query['properties']['sort_key']['items']
        for minor in MINORS
        for query in queries(minor)
    ]

    assert [each for each in items if 'enum' not in each] == []


def test_nova_does_not_filter_by_columns_of_other_tables() -> None:
    assert schemas.JOINED_TABLE_QUERY_PARAMS_SERVERS.keys() <= UNRESTRICTED
