"""Decision records: their content, where they are written, and errors."""

import contextlib
import json
import logging
import multiprocessing
import os
import socket
import stat

import pytest

from nova_update_guard.audit import log as records
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy import filters
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.report import findings
from tests.standin import ADMIN, MEMBER, READER, SERVER, as_
from tests.updates import put

KEY = 'a key of the operator'
RENAME = {'server': {'name': 'new'}}


@pytest.fixture
def log(tmp_path):
    return tmp_path / 'decisions.log'


@pytest.fixture
def kept(log):
    """Return the records in the file."""
    return lambda: [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture
def recorded(guarded, log):
    """Return a guard that records all, but for *options*."""

    def recorded(policy='', **options):
        options = {
            'decision_log': str(log),
            'decision_sample_reads': '1',
            **options,
        }
        return guarded(policy, **options)

    return recorded


def test_a_record_has_caller_request_and_decision(recorded, kept):
    put(recorded(), RENAME, READER, 403, User_Agent='a client/1.0')

    (record,) = kept()
    assert record.pop('time').endswith('Z')
    assert record.pop('microseconds') > 0
    assert len(record.pop('revision')) == 12
    assert record == {
        'request_id': 'req-1',
        'client': 'a client/1.0',
        'server_id': 's1',
        'user_id': 'u1',
        'project_id': 'p1',
        'roles': ['reader'],
        'operation': 'update',
        'microversion': '2.1',
        'fields': ['name'],
        'layer': 'field_policy',
        'rule': 'update_guard:server:update:name',
        'verdict': 'refuse',
        'mode': 'enforce',
        'status': 403,
        'nova_microseconds': 0,
        'sample': 1.0,
    }


@pytest.mark.parametrize('path', ['/servers/s1', '/flavors'])
def test_a_method_override_is_recorded_with_its_caller(recorded, kept, path):
    recorded().post(f'{path}?_method=PUT', extra_environ=MEMBER, status=400)

    (record,) = kept()
    assert (record['verdict'], record['mode']) == ('refuse', 'enforce')
    assert record['rule'] == 'a method in the query'
    assert (record['user_id'], record['project_id']) == ('u1', 'p1')
    assert record['roles'] == ['member', 'reader']


def test_a_method_override_without_a_caller_is_recorded(recorded, kept):
    recorded().post('/servers/s1?_method=PUT', status=400)

    (record,) = kept()
    assert record['user_id'] is None


def test_an_allowed_change_is_recorded_with_the_status_of_nova(
    recorded, nova, kept
):
    nova.respond({'server': SERVER}, status=200)

    put(recorded(), RENAME, ADMIN, 200, OpenStack_API_Version='compute 2.90')

    (record,) = kept()
    assert (record['verdict'], record['mode']) == ('allow', 'enforce')
    assert (record['status'], record['fields']) == (200, ['name'])
    assert record['microversion'] == '2.90'
    assert record['nova_microseconds'] > 0
    assert 'changes' not in record


def test_a_request_that_nova_refuses_is_recorded_with_its_status(
    recorded, nova, kept
):
    nova.respond({'conflictingRequest': {}}, status=409)

    put(recorded(), RENAME, status=409)

    (record,) = kept()
    assert (record['verdict'], record['status']) == ('allow', 409)


def test_an_exception_of_nova_is_recorded_and_raised(guarded, log, kept):
    def app(environ, start):
        raise RuntimeError('of nova')

    guard = guarded(app=app, decision_log=str(log))

    with pytest.raises(RuntimeError, match='of nova'):
        put(guard, RENAME)
    (record,) = kept()
    assert (record['verdict'], record['status']) == ('allow', None)


def test_redacted_attributes_are_counted_by_name(recorded, nova, kept):
    nova.respond({'servers': [SERVER, SERVER]})

    recorded().get('/servers/detail', extra_environ=MEMBER)

    (record,) = kept()
    assert (record['verdict'], record['mode']) == ('redact', 'enforce')
    assert record['redacted'] == {'OS-EXT-SRV-ATTR:host': 2}
    assert record['documents'] == 2
    assert record['server_id'] is None


def test_values_are_recorded_as_keyed_hashes(recorded, nova, kept):
    nova.respond({'server': {**SERVER, 'name': 'old'}})
    guard = recorded(counted_fields='changed', decision_hash_key=KEY)

    for name in ('new', 'new', 'other'):
        put(guard, {'server': {'name': name}}, status=200)

    changes = [record['changes']['name'] for record in kept()]
    assert {change['old'] for change in changes} == {changes[0]['old']}
    assert changes[0]['new'] == changes[1]['new'] != changes[2]['new']
    assert changes[0]['new'].startswith('hmac:')
    assert 'new' not in json.dumps(list(changes[0].values()))


def test_values_of_plaintext_fields_are_recorded_in_clear(recorded, kept):
    guard = recorded(
        one_parameter='off',
        decision_hash_key=KEY,
        decision_plaintext_fields='name',
    )
    update = {'server': {'name': 'new', 'accessIPv4': '192.0.2.1'}}

    put(guard, update, status=200)

    (record,) = kept()
    assert record['changes']['name'] == {'new': 'new'}
    assert record['changes']['accessIPv4']['new'].startswith('hmac:')


@pytest.mark.parametrize('value', ['a' * 256, ['a'], {'token': 't'}, 5])
def test_a_value_that_nova_never_takes_is_not_recorded_in_clear(
    recorded, kept, value
):
    guard = recorded(field_validation='off', decision_plaintext_fields='name')

    put(guard, {'server': {'name': value}}, status=200)

    (record,) = kept()
    assert record['changes']['name'] == {'new': '(not a valid value)'}


@pytest.mark.parametrize('value', ['\ud800', 'a\udfffb', '\udc00\ud800'])
@pytest.mark.parametrize(
    'option',
    [{'decision_hash_key': KEY}, {'decision_plaintext_fields': 'name'}],
)
def test_half_a_surrogate_pair_loses_no_record(
    recorded, log, kept, value, option
):
    guard = recorded(field_validation='off', **option)

    put(guard, {'server': {'name': value}}, status=200)

    (record,) = kept()
    reported = record['changes']['name']['new']
    assert reported.startswith(('hmac:', '(not a valid value)'))
    assert findings.read(log.read_bytes()).user_id == 'u1'


FORGERIES = [
    'a\n{"time": "2026-01-01", "verdict": "allow"}',
    'a\r\nb',
    '\x1b[2J\x1b]0;title\x07',
    '\x9b31m\x7f\xad',
    '"}{"',
    'é' * 300,
]


@pytest.mark.parametrize('text', FORGERIES)
def test_no_client_can_forge_a_record(recorded, log, kept, text):
    guard = recorded(
        field_validation='off',
        field_policy='off',
        decision_plaintext_fields='name',
    )
    environ = as_('member', user=text, project=text)
    environ['HTTP_USER_AGENT'] = text

    put(guard, {'server': {'name': text, text: text}}, environ, 400)
    put(guard, {'server': {'name': text}}, environ, 200)

    lines = log.read_bytes().split(b'\n')[:-1]
    assert len(lines) == 2
    assert all(line.isascii() for line in lines)
    assert all(line.decode().isprintable() for line in lines)
    refused, allowed = kept()
    assert refused['fields'] == ['name', '(unknown)']
    clear = allowed['changes']['name']['new']
    assert clear == (text if len(text) <= 255 else '(not a valid value)')


def test_a_path_forges_nothing(recorded, log):
    recorded().get('/servers/%0A%1B%5B2J', extra_environ=MEMBER)

    (line,) = log.read_text().split('\n')[:-1]
    assert line.isprintable()


def test_a_sample_of_allowed_requests_and_every_refusal_is_recorded(
    recorded, nova, kept, monkeypatch
):
    guard = recorded(decision_sample='0.3', decision_sample_reads='0.2')
    numbers = iter([0.1, 0.9, 0.1, 0.25])
    monkeypatch.setattr(records.random, 'random', lambda: next(numbers))

    put(guard, RENAME, ADMIN, status=200)
    put(guard, RENAME, ADMIN, status=200)
    guard.get('/servers/s1', extra_environ=MEMBER)
    guard.get('/servers/s1', extra_environ=MEMBER)
    put(guard, RENAME, READER, status=403)

    reported = [(r['operation'], r['verdict'], r['sample']) for r in kept()]
    assert reported == [
        ('update', 'allow', 0.3),
        ('read', 'redact', 0.2),
        ('update', 'refuse', 1.0),
    ]


def test_by_default_changes_are_recorded_and_reads_are_not(guarded, log, kept):
    guard = guarded(decision_log=str(log))

    guard.get('/servers/s1', extra_environ=MEMBER)
    put(guard, RENAME, ADMIN, status=200)

    assert [record['operation'] for record in kept()] == ['update']


def test_without_a_file_records_go_to_a_logger(guard, caplog):
    with caplog.at_level(logging.INFO, 'nova_update_guard.decisions'):
        put(guard, RENAME, READER, 403)

    (record,) = (
        record
        for record in caplog.records
        if record.name == 'nova_update_guard.decisions'
    )
    assert json.loads(record.getMessage())['verdict'] == 'refuse'


def test_with_a_file_no_logger_gets_them(recorded, kept, caplog):
    with caplog.at_level(logging.DEBUG):
        put(recorded(), RENAME, READER, 403)

    assert len(kept()) == 1
    assert 'nova_update_guard.decisions' not in {
        record.name for record in caplog.records
    }


@pytest.fixture
def umask():
    """Return a function that sets the umask for one test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize('mask', [0, 0o022, 0o027, 0o077])
def test_the_file_is_for_its_group_under_any_umask(recorded, log, umask, mask):
    umask(mask)
    guard = recorded()
    put(guard, RENAME, status=200)
    first = stat.S_IMODE(log.stat().st_mode)
    log.rename(log.parent / 'away')
    put(guard, RENAME, status=200)

    assert (first, stat.S_IMODE(log.stat().st_mode)) == (0o640, 0o640)


@pytest.mark.parametrize(
    ('mode', 'is_reported'), [(0o644, True), (0o600, False)]
)
def test_an_existing_file_keeps_its_mode(
    recorded, log, caplog, mode, is_reported
):
    log.touch()
    log.chmod(mode)

    put(recorded(), RENAME, status=200)

    assert stat.S_IMODE(log.stat().st_mode) == mode
    assert (
        f'{log}: all users of this host can read it' in caplog.text
    ) is is_reported


def test_the_file_may_be_moved_away(recorded, log, kept):
    guard = recorded()
    put(guard, RENAME, READER, 403)
    log.rename(log.with_suffix('.1'))
    put(guard, RENAME, READER, 403)

    assert len(kept()) == 1
    assert len(log.with_suffix('.1').read_text().splitlines()) == 1


def test_the_file_may_be_emptied(recorded, log, kept):
    guard = recorded()
    put(guard, RENAME, READER, 403)
    os.truncate(log, 0)
    put(guard, RENAME, READER, 403)

    assert len(kept()) == 1
    assert log.read_bytes()[:1] == b'{'


def test_a_folder_that_is_gone_costs_no_request_anything(
    recorded, log, kept, caplog
):
    guard = recorded()
    moved = log.parent / 'away'
    log.rename(log.parent / 'old.log')
    mode = log.parent.stat().st_mode
    log.mkdir()

    for _ in range(3):
        put(guard, RENAME, READER, 403)
    log.rmdir()
    put(guard, RENAME, READER, 403)

    assert caplog.text.count('could not be written') == 1
    assert 'Is a directory' in caplog.text
    assert len(kept()) == 1
    assert not moved.exists()
    assert log.parent.stat().st_mode == mode


def test_a_pipe_that_nobody_reads_stops_the_start(recorded, log):
    os.mkfifo(log)

    with pytest.raises(OptionError, match='a pipe that nobody reads'):
        recorded()


def test_a_socket_stops_the_start_and_is_not_called_a_pipe(recorded, log):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(log))
        with pytest.raises(OptionError, match='for writing: name a file'):
            recorded()


@pytest.mark.parametrize('is_open', [True, False])
def test_a_pipe_that_nobody_reads_costs_no_request_anything(
    recorded, log, caplog, is_open
):
    """Neither one without a reader, nor one whose reader has stopped."""
    guard = recorded()
    log.unlink()
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK) if is_open else None
    if is_open:
        fill(log)

    for _ in range(3):
        put(guard, RENAME, READER, 403)

    assert caplog.text.count('could not be written') == 1
    why = 'its reader is too slow' if is_open else 'a pipe that nobody reads'
    assert why in caplog.text
    if is_open:
        os.close(reader)


def fill(pipe):
    """Write to *pipe* until it takes no more."""
    writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b'x' * 4096)
    os.close(writer)


def test_a_pipe_that_is_read_gets_the_records(recorded, log):
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    guard = recorded()

    put(guard, RENAME, READER, 403)

    assert json.loads(os.read(reader, 65536))['verdict'] == 'refuse'
    os.close(reader)


def test_after_a_line_that_was_cut_off_a_new_one_begins(
    recorded, log, caplog, monkeypatch
):
    guard = recorded()
    write = os.write
    monkeypatch.setattr(os, 'write', lambda fd, data: write(fd, data[:10]))
    put(guard, RENAME, READER, 403)
    monkeypatch.setattr(os, 'write', write)
    put(guard, RENAME, READER, 403)

    torn, whole = log.read_text().splitlines()
    assert len(torn) == 10
    assert json.loads(whole)['verdict'] == 'refuse'
    assert 'only in part' in caplog.text


def _write(path, number):
    file = records.File(path)
    for line in range(200):
        file({'process': number, 'line': line, 'more': 'x' * 5000})


def test_lines_of_several_processes_are_never_mixed(log):
    """Each is longer than a page, which a buffer would have cut."""
    several = multiprocessing.get_context('spawn')
    processes = [
        several.Process(target=_write, args=(str(log), n)) for n in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    reported = [json.loads(line) for line in log.read_text().splitlines()]
    assert {(r['process'], r['line']) for r in reported} == {
        (n, line) for n in range(4) for line in range(200)
    }


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'decision_log': '/nowhere/log'}, ['decision_log', 'No such file']),
        ({'decision_log': '/'}, ['decision_log', 'Is a directory']),
        ({'decision_sample': '2'}, ['decision_sample', '1']),
        ({'decision_sample': 'nan'}, ['decision_sample', '0 to 1']),
        ({'decision_sample_reads': '-1'}, ['decision_sample_reads', '0']),
        ({'decision_hash_key': 'short'}, ['decision_hash_key', '16']),
        (
            {'decision_plaintext_fields': 'nme'},
            ['decision_plaintext_fields', "'nme'", 'description'],
        ),
        ({'decision_notifications': 'perhaps'}, ['decision_notifications']),
    ],
)
def test_an_option_that_is_wrong_stops_the_start(options, words):
    with pytest.raises(OptionError) as error:
        filters.update_guard({}, **options)

    assert [word for word in words if word not in str(error.value)] == []


def test_no_key_is_in_an_error(tmp_path):
    conf = tmp_path / 'nova-update-guard.conf'
    conf.write_text(f'[update_guard]\ndecision_hash_key = {KEY}$x\n')

    with pytest.raises(OptionError, match='write') as error:
        filters.update_guard({}, oslo_config_file=str(conf))

    assert KEY not in str(error.value)


def test_single_layers_keep_records_of_their_own(nova, log, kept, guarded):
    inner = guarded(
        factory=filters.response_redaction,
        decision_log=str(log),
        decision_sample_reads='1',
    )
    outer = guarded(
        factory=filters.field_policy, app=inner.app, decision_log=str(log)
    )

    put(outer, RENAME, status=200)

    responded, changed = kept()
    assert responded['verdict'] == 'redact'
    assert (changed['verdict'], changed['fields']) == ('allow', ['name'])


def test_an_observer_that_fails_costs_no_request_anything(
    recorded, monkeypatch, caplog
):
    def broken(*_):
        raise RuntimeError('a secret')

    guard = recorded()
    monkeypatch.setattr(records, 'made', broken)

    for _ in range(3):
        put(guard, RENAME, ADMIN, status=200)

    assert caplog.text.count('A decision could not be counted or sent') == 1
    assert 'a secret' not in caplog.text


@pytest.mark.parametrize('layers', [LAYERS, ()])
def test_all_layers_off_opens_no_file(guarded, log, layers):
    guarded(decision_log=str(log), **dict.fromkeys(layers, 'off'))

    assert log.exists() == (not layers)


def test_of_thousands_of_unknown_fields_a_record_is_short(recorded, log):
    guard = recorded(**dict.fromkeys(LAYERS, 'audit'))
    many = {f'field{number}': 'x' for number in range(5000)}

    put(guard, {'server': many}, MEMBER, 200)

    assert len(log.read_bytes()) < 2000
