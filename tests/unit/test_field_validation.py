import subprocess
import sys

import pytest

from nova_update_guard import field_validation
from nova_update_guard.editable import EDITABLE
from nova_update_guard.microversion import LEGACY_V2, MAX, MIN, Version


def judge(document, version=MAX):
    refuse = field_validation.judge(document, version)
    return refuse and refuse.message


@pytest.mark.parametrize(
    'update',
    [
        {'name': 'a'},
        {'name': 'ä' * 255},
        {'accessIPv4': '192.0.2.1'},
        {'accessIPv6': '2001:db8::1'},
        {'OS-DCF:diskConfig': 'AUTO'},
        {'description': None},
        {'description': ''},
        {'hostname': 'a.example'},
        {'pinned_availability_zone': None},
        {'pinned_availability_zone': 'az:1'},
        {},
    ],
)
def test_what_nova_takes_passes(update):
    assert judge({'server': update}) is None


@pytest.mark.parametrize(
    'update',
    [
        {'name': ''},
        {'name': ' a'},
        {'name': 'a\t'},
        {'name': 'a' * 256},
        {'name': '\U0001f600'},
        {'name': None},
        {'accessIPv4': ''},
        {'accessIPv4': '::1'},
        {'accessIPv6': '192.0.2.1'},
        {'OS-DCF:diskConfig': 'auto'},
        {'description': 'a\x00'},
        {'hostname': 'a b'},
        {'pinned_availability_zone': ''},
        {'NAME': 'a'},
    ],
)
def test_what_nova_refuses_is_refused(update):
    assert judge({'server': update})


@pytest.mark.parametrize('name', ['name', 'description', 'hostname'])
def test_a_trailing_newline_is_refused_though_nova_takes_it(name):
    assert judge({'server': {name: 'ab\n'}})


@pytest.mark.parametrize(
    'document', [None, [], 'server', {}, {'server': []}, {'server': None}]
)
def test_what_holds_no_update_is_refused_also_without_validation(document):
    assert judge(document)
    assert field_validation.judge_shape(document, MAX)


def test_without_validation_any_parameter_passes():
    document = {'server': {'anything': 1}}

    assert field_validation.judge_shape(document, MAX) is None


def test_a_long_host_name_takes_no_longer_than_it_has_letters():
    # In a process of its own: a pattern that goes back over what it has
    # matched would not end in a lifetime.
    code = (
        'from nova_update_guard import field_validation\n'
        'from nova_update_guard.microversion import Version\n'
        "update = {'server': {'hostname': 'a' * 100000 + '!'}}\n"
        'assert field_validation.judge(update, Version(2, 90))\n'
    )

    subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code], check=True, timeout=60
    )


@pytest.mark.parametrize(
    ('name', 'valid'),
    [('a', False), ('ab', True), ('a-b', True), ('a-', False), ('-a', False)],
)
def test_a_host_name_is_what_novas_pattern_says(name, valid):
    verdict = judge({'server': {'hostname': name}}, Version(2, 90))

    assert (verdict is None) == valid


def test_what_is_kept_does_not_grow_with_the_versions_asked_for():
    for minor in range(1, 3000):
        judge({'server': {'name': 'a'}}, Version(2, minor))

    edges = {row.since for row in EDITABLE}
    assert field_validation._validator_at.cache_info().currsize <= len(edges)


def test_something_beside_the_server_is_refused():
    assert "('x' was unexpected)" in judge({'server': {}, 'x': 1})


def test_a_parameter_is_unknown_before_its_version():
    update = {'server': {'description': 'a'}}

    assert judge(update, Version(2, 19)) is None
    assert "('description' was unexpected)" in judge(update, Version(2, 18))


def test_v2_takes_spaces_around_a_name_that_is_not_all_spaces():
    assert judge({'server': {'name': ' a '}}, LEGACY_V2) is None
    assert judge({'server': {'name': '  '}}, LEGACY_V2)
    assert judge({'server': {'name': 5}}, LEGACY_V2)
    assert judge({'server': {'name': ' a '}}, MIN)


def test_v2_drops_what_it_does_not_know():
    update = {'name': 'a', 'description': 'b'}

    assert judge({'server': update, 'x': 1}, LEGACY_V2) is None
    assert field_validation.known(update, LEGACY_V2) == {'name': 'a'}


def test_v2_1_drops_nothing():
    update = {'name': 'a', 'x': 'b'}

    assert field_validation.known(update, MIN) == update


def test_the_message_is_for_the_client_and_the_log_never_quotes_it():
    refuse = field_validation.judge({'server': {'secret': 1}}, MAX)

    assert refuse.status == 400
    assert 'secret' not in refuse.reason
