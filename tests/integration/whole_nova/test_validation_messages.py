"""The guard refuses what nova refuses, with the same messages."""

import itertools
from typing import Any

import pytest
import webob
from nova import exception
from nova.api.openstack import api_version_request, wsgi
from nova.api.openstack.compute import servers
from nova.api.validation import parameter_types, validators

from nova_update_guard.compute_api import microversions, schemas
from nova_update_guard.compute_api.microversions import (
    LEGACY_V2,
    MAX,
    MIN,
    Version,
)
from nova_update_guard.compute_api.update_fields import (
    UPDATE_FIELDS,
    fields_at,
)
from nova_update_guard.layers import field_validation

TEXTS = [
    *('', ' ', 'a', 'ab', ' a', 'a ', 'a b', '\u3000a', 'a\u3000'),
    *('a' * 63, 'a' * 64, 'a' * 255, 'a' * 256, ' ' * 255, 'é' * 255),
    *('a\tb', 'a\x00', 'a\x7f', 'a\u200b', '\u2028', '\ue000', '\ufffe'),
    *('\U0001f600', '\ud800', '\xad', '\xa0', '\u0301', '\uffff', '\ufffd'),
    *('AUTO', 'MANUAL', 'auto', '192.0.2.1', '192.0.2.01', '1.2.3', '::1'),
    *('::ffff:192.0.2.1', 'fe80::1%eth0', '192.0.2.1/24', '\uff11.2.3.4'),
    *('-a', 'a-', 'a-b', 'a.b', 'a_b', 'a.b.', '.', 'A1', 'ä', 'az:1'),
]
VALUES = [*TEXTS, None, True, False, 0, 1, 1.5, [], ['a'], {}, {'a': 'b'}]
NAMES = sorted({row.name for row in UPDATE_FIELDS})
ONE = [{name: value} for name, value in itertools.product(NAMES, VALUES)]
SEVERAL = [
    {},
    {'x': 1},
    {'x': 1, 'y': 2},
    {'name': 'a', 'x': 1},
    {'name': '', 'x': 1},
    {'accessIPv6': 'a', 'accessIPv4': 'a', 'name': ''},
    {'description': '\x00', 'name': 'a'},
    {'Name': 'a'},
]
BODIES = [
    *({'server': update} for update in [*ONE, *SEVERAL]),
    *({'server': {'name': name}, 'x': 1} for name in ('a', '')),
    *({'server': value} for value in (None, [], 'a', 5)),
    *(None, [], 'a', 5, {}, {'x': 1}, {'servers': {}}),
]
EDGES = sorted(
    {MIN, MAX}
    | {row.since for row in UPDATE_FIELDS if row.since > LEGACY_V2}
    | {
        Version(2, row.since.minor - 1)
        for row in UPDATE_FIELDS
        if row.since > MIN
    }
)


def novas_schema(version: Version) -> dict[str, Any]:
    request = webob.Request.blank('/')
    request.api_version_request = api_version_request.APIVersionRequest(
        str(version)
    )
    return servers.ServersController.update.request_body_schemas(request)


def novas_words(version: Version, body: Any) -> str | None:
    validator = validators._SchemaValidator(
        novas_schema(version), relax_additional_properties=version < MIN
    )
    try:
        validator.validate(body)
    except exception.ValidationError as error:
        return error.format_message()
    return None


@pytest.mark.parametrize('version', [LEGACY_V2, *EDGES], ids=str)
def test_result_and_message_of_validation_are_those_of_nova(
    version: Version,
) -> None:
    differing = []
    for body in BODIES:
        refuse = field_validation.check(body, version)
        ours = refuse.message if refuse else None
        # nova drops what it does not know from the body itself.
        novas = novas_words(version, _copied(body))
        if ours != novas:
            differing.append((body, ours, novas))

    assert differing == []


def _copied(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: _copied(value) for key, value in body.items()}
    return body


@pytest.mark.parametrize('name', ['name', 'description', 'hostname'])
def test_only_a_trailing_newline_is_refused_in_addition(
    name: str,
) -> None:
    body = {'server': {name: 'ab\n'}}

    assert novas_words(MAX, body) is None
    assert field_validation.check(body, MAX) is not None


def test_the_printable_characters_are_those_of_nova() -> None:
    assert (
        schemas.DESCRIPTION['pattern']
        == parameter_types.valid_description_regex
    )


@pytest.mark.parametrize(
    'minor', range(MIN.minor, MAX.minor + 1), ids=lambda minor: f'2.{minor}'
)
def test_the_update_fields_are_those_of_nova(minor: int) -> None:
    version = Version(2, minor)
    server = novas_schema(version)['properties']['server']

    assert list(fields_at(version)) == list(server['properties'])


def test_the_newest_version_is_that_of_nova() -> None:
    newest = api_version_request.max_api_version().get_string()

    assert str(MAX) == newest


@pytest.mark.parametrize(
    'text',
    [
        *('2.1', '2.104', '2.105', '2.19 ', ' 2.19', 'latest', 'LATEST', ''),
        *('2', '2.', '.1', '2.1.1', '2.x', '02.1', '2.01', '2.0', '0.1'),
        *(
            '1.1',
            '3.0',
            '2.\uff11',
            '-2.1',
            '+2.1',
            '2.1e1',
            '2 .1',
            '2.1,2.2',
        ),
    ],
)
@pytest.mark.parametrize(
    'header', ['OpenStack-API-Version', 'X-OpenStack-Nova-API-Version']
)
def test_the_version_of_a_request_is_the_one_that_nova_reads(
    header: str, text: str
) -> None:
    service = 'compute ' if header.startswith('Open') else ''
    text = text.encode().decode('latin-1')
    request = wsgi.Request.blank('/', headers={header: service + text})
    try:
        request.set_api_version_request()
        novas = request.api_version_request.get_string()
    except exception.InvalidAPIVersionString as error:
        novas = error.format_message()
    except exception.InvalidGlobalAPIVersion:
        # Out of nova's range: nova answers 406, whatever the guard reads.
        return
    try:
        ours = str(microversions.read(request.headers.items()))
    except microversions.BadVersionError as error:
        ours = str(error)

    assert ours == novas
