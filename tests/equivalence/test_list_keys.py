"""The table of list keys has every key that nova lists servers by."""

import functools
from types import SimpleNamespace
from typing import Any

from nova.api.openstack import api_version_request
from nova.api.openstack.compute.schemas import servers as schemas
from nova.api.openstack.compute.servers import ServersController
from nova.db.main import models
from sqlalchemy import inspect

from nova_update_guard.compute_api.microversions import LEGACY_V2, Version
from nova_update_guard.layers.list_query import (
    ATTRIBUTES_BY_COLUMN,
    ATTRIBUTES_BY_FILTER,
    IGNORED_SORT_KEYS,
    RULES,
    UNKNOWN_DROPPED_IN,
    UNRESTRICTED,
)
from tests.equivalence import model, tables

QUERY = 'request_query_schema'
MINORS = range(1, model.newest() + 1)

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
    assert sort_keys() - RULES.keys() - IGNORED_SORT_KEYS == set()
    assert columns() - RULES.keys() - IGNORED_SORT_KEYS == set()


def test_the_table_has_no_key_that_nova_does_not_have() -> None:
    novas = filters() | options() | columns() | sort_keys() | _ELSEWHERE

    assert (RULES.keys() | UNRESTRICTED | IGNORED_SORT_KEYS) - novas == set()


def test_ignored_sort_keys_are_those_that_nova_ignores() -> None:
    ignored = set(schemas.SERVER_LIST_IGNORE_SORT_KEY)
    later = set(schemas.SERVER_LIST_IGNORE_SORT_KEY_V273)

    assert ignored & later == IGNORED_SORT_KEYS
    assert ignored - later <= ATTRIBUTES_BY_FILTER.keys()


def test_nova_drops_unknown_keys_at_these_versions() -> None:
    first, after = UNKNOWN_DROPPED_IN
    assert first > LEGACY_V2

    assert {
        minor
        for minor in MINORS
        for query in queries(minor)
        if query['additionalProperties']
        != (first <= Version(2, minor) < after)
    } == set()
    # Under /v2 no schema is in force.
    assert schemas.index_query not in queries(0)


def test_nova_does_not_filter_by_columns_of_other_tables() -> None:
    assert schemas.JOINED_TABLE_QUERY_PARAMS_SERVERS.keys() <= UNRESTRICTED
