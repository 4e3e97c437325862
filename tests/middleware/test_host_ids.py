"""A caller who does not see the host gets a keyed host id."""

import hashlib
import hmac
import logging
import traceback

import pytest
from oslo_config import cfg

from nova_update_guard.conf import loader, options
from nova_update_guard.conf.guard import load
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy import filters
from nova_update_guard.layers import modes
from tests.standin import ADMIN, MEMBER

KEY = 'a key of the operator'
NOVAS = hashlib.sha224(b'p1' + b'host1').hexdigest()
OURS = hmac.new(KEY.encode(), NOVAS.encode(), 'sha224').hexdigest()
SHOW = 'update_guard:server:show:'
HOST = f'{SHOW}OS-EXT-SRV-ATTR:host'
SERVER = {'id': 's1', 'hostId': NOVAS}
ACTION = '/servers/s1/os-instance-actions/req-2'
EVENT = {'event': 'compute__do_build', 'hostId': NOVAS}


def show(guard, environ=MEMBER, path='/servers/s1', method='GET'):
    environ = {**environ, 'CONTENT_TYPE': 'application/json'}
    body = b'{"server": {"name": "a"}}'
    return guard.request(path, method=method, body=body, environ=environ)


def host_ids(document):
    """Return each host id in *document*, wherever it stands."""
    if isinstance(document, list):
        return [found for value in document for found in host_ids(value)]
    if not isinstance(document, dict):
        return []
    found = [document['hostId']] if 'hostId' in document else []
    return found + host_ids(list(document.values()))


@pytest.fixture
def hashed(guarded):
    return guarded(host_id_key=KEY)


@pytest.mark.parametrize(
    ('method', 'path', 'document'),
    [
        ('GET', '/servers/s1', {'server': SERVER}),
        ('PUT', '/servers/s1', {'server': SERVER}),
        ('POST', '/servers/s1/action', {'server': SERVER}),
        ('GET', '/servers/detail', {'servers': [SERVER, SERVER]}),
        ('GET', ACTION, {'instanceAction': {'events': [EVENT, EVENT]}}),
    ],
)
def test_every_response_has_the_same_keyed_host_id(
    hashed, nova, method, path, document
):
    nova.respond(document)

    response = show(hashed, path=path, method=method)

    assert set(host_ids(response.json)) == {OURS}
    assert response.content_length == len(response.body)


@pytest.mark.parametrize(
    ('path', 'document'),
    [
        ('/servers/s1', b'{"server":  {"id": "s1", "hostId": "novas"}}'),
        (ACTION, b'{"instanceAction":  {"events": [{"hostId": "novas"}]}}'),
    ],
)
def test_administrators_get_the_bytes_of_nova(hashed, nova, path, document):
    nova.respond(body=document)

    assert show(hashed, ADMIN, path).body == nova.body


def test_a_caller_who_sees_the_host_gets_the_bytes_of_nova(guarded, nova):
    guard = guarded(f'{HOST}: "@"', host_id_key=KEY)
    nova.respond(body=b'{"server":  {"id": "s1", "hostId": "novas"}}')

    assert show(guard).body == nova.body


@pytest.mark.parametrize('path', ['/servers/s1', ACTION])
def test_without_a_key_host_ids_are_unchanged(guarded, nova, path):
    guard = guarded(f'{SHOW}name: "!"')
    nova.respond({'server': SERVER, 'instanceAction': {'events': [EVENT]}})

    assert set(host_ids(show(guard, path=path).json)) == {NOVAS}


def test_a_server_without_a_host_keeps_its_bytes(hashed, nova):
    nova.respond(body=b'{"server":  {"id": "s1", "hostId": ""}}')

    assert show(hashed).body == nova.body


def test_a_rule_that_depends_is_decided_server_by_server(guarded, nova):
    policy = f'{HOST}: "user_id:%(user_id)s"'
    guard = guarded(policy, host_id_key=KEY)
    servers = [{**SERVER, 'user_id': user} for user in ('u1', 'u2')]

    nova.respond({'servers': servers})
    listed = show(guard, path='/servers/detail').json
    nova.respond({'instanceAction': {'user_id': 'u1', 'events': [EVENT]}})
    action = show(guard, path=ACTION).json

    assert host_ids(listed) == [NOVAS, OURS]
    # No server is at hand there.
    assert host_ids(action) == [OURS]


def test_the_rule_of_the_host_id_hides_it_altogether(guarded, nova):
    guard = guarded(f'{SHOW}hostId: "!"', host_id_key=KEY)
    nova.respond({'server': SERVER})
    server = show(guard).json
    nova.respond({'instanceAction': {'events': [EVENT]}})
    action = show(guard, path=ACTION).json

    assert host_ids(server) == host_ids(action) == ['']


def test_the_rest_of_an_instance_action_is_unchanged(hashed, nova):
    event = {**EVENT, 'event': 'compute__do_build', 'result': None}
    action = {'action': 'create', 'request_id': 'req-2', 'events': [event]}
    nova.respond({'instanceAction': action})

    assert show(hashed, path=ACTION).json == {
        'instanceAction': {**action, 'events': [{**event, 'hostId': OURS}]}
    }


@pytest.mark.parametrize('path', [ACTION, '/servers/s1/os-instance-actions'])
def test_an_action_without_events_keeps_its_bytes(hashed, nova, path):
    nova.respond(body=b'{"instanceAction":  {}, "instanceActions": []}')

    assert show(hashed, path=path).body == nova.body


@pytest.mark.parametrize('place', ['paste', 'file'])
@pytest.mark.parametrize(
    ('key', 'words'),
    [
        ('secret', 'at least 16 characters'),
        ('', 'at least 16 characters'),
        ('$secret_of_many_letters', r'write \$ as \$\$'),
        ('secret_of_${many.letters}', r'write \$ as \$\$'),
    ],
)
def test_a_bad_key_stops_the_start_and_is_not_in_the_error(
    tmp_path, place, key, words
):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(f'[update_guard]\nhost_id_key = {key}\n')
    given = {
        'paste': {'host_id_key': key},
        'file': {'oslo_config_file': str(file)},
    }[place]

    with pytest.raises(OptionError, match=words) as error:
        filters.update_guard({}, **given)

    assert 'host_id_key' in str(error.value)
    assert 'secret' not in said(error.value)


def test_a_broken_line_of_the_file_is_not_in_the_error(tmp_path):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(f'[update_guard]\nhost_id_key {KEY}\n')

    with pytest.raises(OptionError, match=f'{file}:2') as error:
        filters.update_guard({}, oslo_config_file=str(file))

    reported = ''.join(traceback.format_exception(error.value))
    assert 'Failed to parse' in reported
    assert KEY not in reported


def said(error):
    """Return the messages of *error* and of all its causes."""
    behind = error.__cause__ or error.__context__
    return f'{error}\n{said(behind) if behind else ""}'


def test_the_key_is_in_no_log_and_no_text_of_the_settings(
    guarded, nova, caplog, monkeypatch
):
    settings = load({'host_id_key': KEY}, modes.LAYERS)

    def broken(*args):
        raise RuntimeError

    with caplog.at_level(logging.DEBUG):
        guard = guarded(host_id_key=KEY)
        show(guard)
        monkeypatch.setattr('hmac.digest', broken)
        nova.respond({'server': SERVER})
        response = guard.get('/servers/s1', extra_environ=MEMBER, status=500)
        loader.read({'host_id_key': KEY}, 'update_guard').log_opt_values(
            logging.getLogger(), logging.DEBUG
        )

    assert 'RuntimeError' in caplog.text
    assert 'update_guard.host_id_key' in caplog.text
    assert KEY not in caplog.text
    assert KEY not in response.text
    assert KEY not in repr(settings)


def test_the_option_is_a_secret():
    (option,) = (
        option for option in options.OPTIONS if option.name == 'host_id_key'
    )

    assert isinstance(option, cfg.StrOpt)
    assert (option.secret, option.default) == (True, None)
