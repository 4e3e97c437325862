"""Every route of nova, and every key that a place shows, is accounted for."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from nova_update_guard.compute_api.places import SHOWN
from tests.canary.reasons import KEYS, ROUTES
from tests.canary.recorded import methods

ALL = list(methods())
PLACES = {(row.route, method) for row in SHOWN for method in row.methods}
NOTHING = {'type': 'null'}


def schemas_of(function: Any) -> list[dict[str, Any]] | None:
    """Return nova's schemas of the responses, None where it has none."""
    found = getattr(function, 'response_body_schemas', None)
    return [schema for schema, *_ in found._schemas] if found else None


def is_empty(function: Any) -> bool:
    """Tell whether no response has a body, or nova removed the function."""
    schemas = schemas_of(function)
    is_null = schemas is not None and all(
        schema.get('type') == 'null' for schema in schemas
    )
    return is_null or getattr(function, 'removed', False)


def keys_of(schema: Any, path: str = '') -> Iterator[str]:
    """Yield the paths of all keys, with * for items and for free keys."""
    below = f'{path}.' if path else ''
    inner = schema.get('items', ())
    free = [*schema.get('patternProperties', {}).values()]
    free += [schema.get('additionalProperties')]
    free += inner if isinstance(inner, list) else [inner]
    for one in (*schema.get('oneOf', ()), *schema.get('anyOf', ())):
        yield from keys_of(one, path)
    for one in free:
        if isinstance(one, dict):
            yield from keys_of(one, f'{below}*')
    for name, one in schema.get('properties', {}).items():
        yield f'{below}{name}'
        yield from keys_of(one, f'{below}{name}')


def leaves_of(function: Any) -> set[str]:
    """Return the keys of all versions but those of objects and lists."""
    keys = {
        key for schema in schemas_of(function) or () for key in keys_of(schema)
    }
    return {
        key
        for key in keys
        if not any(other.startswith(f'{key}.') for other in keys)
    }


def has_reason(method: str, key: str) -> bool:
    """Tell whether *key* has one, by itself or for *method* alone."""
    return any(
        re.fullmatch(reason.keys, text)
        for reason in KEYS
        for text in (key, f'{method} {key}')
    )


@pytest.mark.parametrize(
    ('route', 'method', 'function'),
    ALL,
    ids=[f'{method} {route}' for route, method, _ in ALL],
)
def test_every_route_has_a_row_or_a_reason(
    route: str, method: str, function: Any
) -> None:
    assert (
        (route, method) in PLACES
        or is_empty(function)
        or any(re.fullmatch(reason.routes, route) for reason in ROUTES)
    ), f'is there a value of a server in the response to {method} {route}?'


@pytest.mark.parametrize(
    ('route', 'method', 'function'),
    [one for one in ALL if one[:2] in PLACES],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_every_key_of_a_place_has_a_row_or_a_reason(
    route: str, method: str, function: Any
) -> None:
    rows = [
        row for row in SHOWN if row.route == route and method in row.methods
    ]
    if any(row.whole for row in rows):
        return
    shown = {
        '.'.join(filter(None, (row.path, key)))
        for row in rows
        for key in row.values
    }

    assert [
        key
        for key in sorted(leaves_of(function))
        if not any(
            one in (key, f'{key}.*') or key.startswith(f'{one}.')
            for one in shown
        )
        and not has_reason(method, key)
    ] == []


def test_every_row_is_of_a_route_of_nova() -> None:
    known = {(route, method) for route, method, _ in ALL}

    assert {
        (row.route, row.methods)
        for row in SHOWN
        if not any((row.route, method) in known for method in row.methods)
        and row.route != '/servers/{server_id}/action'
    } == set()


@pytest.mark.parametrize('reason', ROUTES, ids=lambda reason: reason.routes)
def test_every_reason_is_needed(reason: Any) -> None:
    assert any(
        re.fullmatch(reason.routes, route)
        and (route, method) not in PLACES
        and not is_empty(function)
        for route, method, function in ALL
    )
