import pytest

from nova_update_guard.compute_api.documents import Parsed, Raw
from nova_update_guard.policy import targets
from nova_update_guard.policy.targets import Lack, Target, UnknownError

SERVER = {
    'tenant_id': 'p1',
    'user_id': 'u1',
    'status': 'ACTIVE',
    'locked': True,
    'metadata': {'a': '1', 'a.b': '2', 'tenant': None},
    'flavor': {'extra_specs': {'hw:x': 'y'}, 'ram': 512},
    'fault': {'code': 500},
    'OS-EXT-STS:task_state': None,
}


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('project_id', 'p1'),
        ('user_id', 'u1'),
        ('server.status', 'ACTIVE'),
        ('server.locked', 'True'),
        ('server.OS-EXT-STS:task_state', 'None'),
        ('server.metadata.a', '1'),
        ('server.metadata.a.b', '2'),
        ('server.flavor.ram', '512'),
        ('server.flavor.extra_specs.hw:x', 'y'),
        ('server.fault.code', '500'),
    ],
)
def test_a_name_reads_the_servers_value(name, value):
    assert targets.reader(name)(SERVER) == value


@pytest.mark.parametrize(
    'name', ['project_id', 'user_id', 'server.status', 'server.fault.code']
)
def test_the_keys_of_a_name_have_that_name(name):
    assert targets.name(targets.keys(name)) == name


@pytest.mark.parametrize(
    'name',
    [
        'server.metadata.c',
        'server.flavor.extra_specs.c',
        'server.metadata.a.c',
    ],
)
def test_a_key_that_a_free_form_map_lacks_is_absent(name):
    assert targets.reader(name)(SERVER) is Lack.ABSENT


@pytest.mark.parametrize(
    'name',
    [
        'server.nothing',
        'server.fault.nothing',
        'server.nothing.metadata',
        'server.status.more',
        'server.image.properties.x',
        'server.scheduler_hints.group',
    ],
)
def test_a_value_that_the_document_should_say_and_does_not_is_unknown(name):
    assert targets.reader(name)(SERVER) is Lack.UNKNOWN


@pytest.mark.parametrize(
    'name', ['', 'server', 'server.', 'tenant_id', 'target.x', 'servers.x']
)
def test_a_name_that_no_server_has_is_an_error_that_lists_the_names(name):
    with pytest.raises(ValueError, match=r'%\(server.<attribute>\)s'):
        targets.reader(name)


def test_a_target_distinguishes_absent_from_unknown():
    target = Target({'a': '1', 'b': Lack.ABSENT, 'c': Lack.UNKNOWN})

    assert target == {'a': '1'}
    with pytest.raises(KeyError):
        target['b']
    for name in ('c', 'never named'):
        with pytest.raises(UnknownError):
            target[name]


def test_a_check_of_unknown_kind_gets_all_values_but_secrets():
    server = {'status': 'X', 'tenant_id': 'p', 'adminPass': 's'}

    assert targets.everything(server) == {
        'server.status': 'X',
        'server.tenant_id': 'p',
        'project_id': 'p',
        'user_id': None,
    }


def test_a_value_that_is_too_deep_for_a_text_is_unknown():
    deep = []
    for _ in range(100000):
        deep = [deep]

    assert targets.reader('server.progress')({'progress': deep}) is (
        Lack.UNKNOWN
    )


def test_a_value_that_python_cannot_read_is_lacking():
    deep = b'[' * 20000 + b']' * 20000
    server = Parsed({'a': Raw(b'"\\ud800"'), 'tenant_id': Raw(deep)})

    assert targets.everything(server) == {
        'server.a': '\ud800',
        'project_id': None,
        'user_id': None,
    }
