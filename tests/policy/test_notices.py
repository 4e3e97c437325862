"""A rule that nothing refers to is told with its line and what was meant."""

import pytest

from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    UNRULED,
)
from nova_update_guard.conf import guard
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import defaults, loader
from nova_update_guard.policy.files import PolicyFiles
from nova_update_guard.policy.mistakes import PolicyError
from nova_update_guard.policy.notices import notices

HOST_ID = 'update_guard:server:show:hostId'


@pytest.fixture
def load(tmp_path):
    """Load the rules of a file, and of a file of constraints."""

    def load(text, constraints='', extra=()):
        for name, content in (('p.yaml', text), ('c.yaml', constraints)):
            (tmp_path / name).write_text(content or '# nothing')
        found = PolicyFiles(
            'p.yaml', [], lambda x: str(tmp_path / x), 'c.yaml'
        )
        settings = guard.load({}, LAYERS)._replace(extra_attributes=extra)
        return loader.load(found, settings)

    return load


@pytest.mark.parametrize(
    'spell',
    [
        lambda rule: rule.replace('update_guard', 'update_gaurd', 1),
        lambda rule: rule.replace('update_guard', 'Update_guard', 1),
        lambda rule: rule.replace('update_guard', 'UPDATE_GUARD', 1),
        lambda rule: rule.replace('update_guard', 'update-guard', 1),
        lambda rule: rule.replace('update_guard', 'nova_update_guard', 1),
        lambda rule: rule.replace('update_guard', 'nova-update-guard', 1),
        lambda rule: rule.replace('update_guard', 'os_compute', 1),
        lambda rule: rule.replace('update_guard', 'guard', 1),
        lambda rule: rule.replace(':', '.', 2),
        lambda rule: rule.partition(':')[2],
        str.upper,
    ],
)
def test_a_misspelt_rule_is_told_with_its_line_and_the_nearest(
    spell, load, tmp_path
):
    rules = [rule.name for rule in defaults.list_rules() if ':' in rule.name]
    text = '# mine\n' + ''.join(f'"{spell(rule)}": "!"\n' for rule in rules)

    said = notices(load(text))

    assert len(said) == len(rules)
    for line, (rule, each) in enumerate(zip(rules, said, strict=True), 2):
        assert each.startswith(f'{tmp_path}/p.yaml:{line}: {spell(rule)}: is ')
        assert each.endswith(f'(did you mean {rule!r}?)')


@pytest.mark.parametrize('mark', [' ', '\\t', '\\n', '\\u00a0', '\\u200b'])
@pytest.mark.parametrize('form', ['{1}{0}', '{0}{1}'])
def test_white_space_around_a_name_is_refused(form, mark, load, tmp_path):
    with pytest.raises(PolicyError, match='white space') as caught:
        load(f'# mine\n"{form.format(HOST_ID, mark)}": "!"\n')

    assert str(caught.value).startswith(f'{tmp_path}/p.yaml:2: ')


def test_the_name_of_a_rule_that_does_not_exist_is_refused_with_the_nearest(
    load,
):
    with pytest.raises(PolicyError, match=f'did you mean {HOST_ID!r}'):
        load('update_guard:server:show:hostID: "!"')


def test_the_check_of_a_constraint_is_not_set_in_a_policy_file(load):
    rule = 'update_guard_constraint:name:1'
    with pytest.raises(PolicyError, match=f'{rule}.*unless'):
        load(f'{rule}: "@"')


def test_a_rule_that_one_of_ours_refers_to_is_not_told(load):
    text = f'{HOST_ID}: rule:a\na: not rule:b\nb: "@"\nc: "@"'
    constraint = 'name: [{schema: {maxLength: 9}, message: m, unless: rule:c}]'

    assert notices(load(text, constraint)) == []
    (said,) = notices(load(text))
    assert 'p.yaml:4: c: ' in said


def test_a_rule_that_only_such_rules_refer_to_goes_with_them(load):
    (said,) = notices(load('a: rule:b\nb: role:x'))

    assert 'p.yaml:1: a: ' in said


def test_an_empty_check_is_told_to_allow_everybody(load):
    (told,) = notices(load(f'{HOST_ID}: ""'))

    assert told.endswith('is empty, which allows everybody: write @')


def test_default_is_told_to_be_of_no_use(load):
    (said,) = notices(load('default: "!"'))

    assert 'p.yaml:1: default: is never used' in said


def test_nova_s_rules_are_told_once_with_the_guard_s_own(load):
    (said,) = notices(
        load(
            'b: role:x\n'
            'os_compute_api:servers:update: rule:b\n'
            'os_compute_api:servers:show: rule:b\n'
        )
    )
    assert 'p.yaml:2: os_compute_api:servers:update: ' in said
    assert '2 such rules' in said
    assert 'update_guard:server:update:*' in said


def test_nova_s_host_status_has_a_rule_of_the_same_name(load):
    (said,) = notices(load('os_compute_api:servers:show:host_status: "@"'))

    assert said.endswith('the guard has update_guard:server:show:host_status')


def test_a_doubtful_exemption_of_a_constraint_is_told(load):
    constraint = (
        'name: [{schema: {maxLength: 9}, message: m, unless: "role:a,b"}]'
    )
    (said,) = notices(load('', constraint))

    assert 'c.yaml:1: update_guard_constraint:name:1: role:a,b' in said


@pytest.mark.parametrize(
    ('value', 'meant'),
    [
        ('server.lockd', "'lockd' (did you mean 'locked'?)"),
        ('server.Status', "'Status' (did you mean 'status'?)"),
        ('server.flavor.vcpu', "'flavor.vcpu' (did you mean 'flavor.vcpus'?)"),
        ('server.metdata.ha', "'metdata' (did you mean 'metadata'?)"),
        ('server.status.x', "'status.x'"),
        ('server.vendor:other', "'vendor:other'"),
    ],
)
def test_a_value_that_no_server_has_is_told_with_the_nearest(
    load, value, meant
):
    text = f'\n{HOST_ID}: "role:a or not \'x\':%({value})s"'
    (said,) = notices(load(text, extra=('vendor:one', 'flavor.vendor')))

    assert f'p.yaml:2: {HOST_ID}: %({value})s: no server has {meant}' in said


@pytest.mark.parametrize(
    'value',
    [
        *(f'server.{row.name}' for row in SERVER_ATTRIBUTES),
        *(f'server.{name}' for name in UNRULED),
        *('project_id', 'user_id', 'server.metadata.a.b', 'server.image.id'),
        *('server.flavor.extra_specs.hw:x', 'server.scheduler_hints.a'),
        *('server.image.properties.os', 'server.fault.code'),
        *('server.addresses.private', 'server.vendor:one'),
        *('server.vendor:one.any', 'server.flavor.vendor'),
    ],
)
def test_a_value_that_a_server_has_is_not_told(load, value):
    # A credential: not all values can be any constant text.
    text = f'{HOST_ID}: "domain_id:%({value})s"'

    assert notices(load(text, extra=('vendor:one', 'flavor.vendor'))) == []


@pytest.mark.parametrize(
    ('check', 'said'),
    [
        (
            "'true':%(server.locked)s",
            "%(server.locked)s is never 'true': it is True or False (did you "
            "mean 'True'?)",
        ),
        ("'1':%(server.locked)s", 'it is True or False'),
        ('None:%(server.locked)s', "is never 'None': it is True or False"),
        ("'true':%(server.config_drive)s", "(did you mean 'True'?)"),
        (
            "'active':%(server.status)s",
            "%(server.status)s is never 'active': it is ACTIVE, BUILD, ",
        ),
        ("'active':%(server.status)s", "(did you mean 'ACTIVE'?)"),
        ("'RUNNING':%(server.OS-EXT-STS:power_state)s", 'it is 0, 1, 3, '),
        (
            "'ACTIVE':%(server.OS-EXT-STS:vm_state)s",
            "(did you mean 'active'?)",
        ),
        ("'x':%(server.metadata)s", 'a rule can name a key behind a dot'),
        ("'m1.tiny':%(server.flavor)s", 'a rule can name a key behind a dot'),
        ("'prod':%(server.tags)s", 'it is a list, such as '),
        ("'x':%(server.addresses.private)s", 'it is a list, such as '),
        ("'big':%(server.flavor.vcpus)s", 'it is a number'),
        ("'x':%(server.tags.x)s", "'tags' is a list, in which no rule"),
        (
            "'x':%(server.addresses.private.addr)s",
            "'addresses.private' is a list, in which no rule",
        ),
        (
            "'x':%(server.security_groups.name)s",
            "'security_groups' is a list, in which no rule",
        ),
    ],
)
@pytest.mark.parametrize('before', ['', 'not ', 'role:a or not '])
def test_a_text_that_no_value_of_a_server_has_is_told(
    load, before, check, said
):
    (told,) = notices(load(f'\n{HOST_ID}: "{before}{check}"'))

    assert f'p.yaml:2: {HOST_ID}: %(server.' in told
    assert said in told


@pytest.mark.parametrize(
    'check',
    [
        *("'True':%(server.locked)s", 'False:%(server.locked)s'),
        *("'':%(server.config_drive)s", "'UNKNOWN':%(server.status)s"),
        *("'None':%(server.OS-EXT-STS:task_state)s", "'[]':%(server.tags)s"),
        *("'{}':%(server.metadata)s", "'true':%(server.metadata.locked)s"),
        *("'4':%(server.flavor.vcpus)s", '4:%(server.flavor.vcpus)s'),
        *("'':%(server.image)s", "'x':%(server.description)s"),
        *("'is-true':is-%(server.locked)s", "'x':%(server.addresses)s.x"),
        *("'a':%(server.locked)s%(server.status)s", 'role:%(server.locked)s'),
        "'x':%(server.vendor:one)s",
    ],
)
def test_a_text_that_a_value_of_a_server_may_have_is_not_told(load, check):
    text = f'{HOST_ID}: "not {check}"'

    assert notices(load(text, extra=('vendor:one',))) == []


def test_the_documented_defaults_and_the_samples_are_silent(load):
    text = ''.join(
        f'"{rule.name}": "{rule.check_str}"\n'
        for rule in defaults.list_rules()
    )
    assert notices(load('')) == notices(load(text)) == []
