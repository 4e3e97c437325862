import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.layers import (
    constant_schemas,
    constraints,
    value_schemas,
)
from nova_update_guard.layers.constraints import ConstraintError

NAMING = {
    'name': [
        {
            'schema': {'pattern': '^de-'},
            'unless': 'role:admin',
            'message': 'Names begin with de-.',
        },
        {'schema': {'maxLength': 20}, 'message': 'At most 20 letters.'},
    ]
}


DEEP = {}
for _ in range(500):
    DEEP = {'not': DEEP}

SELF = {'a': {'not': {'$ref': '#/$defs/a'}}}
DRAFT = 'https://json-schema.org/draft/2020-12/schema'
DRAFT_3 = 'http://json-schema.org/draft-03/schema#'


def chain(length, times):
    """Return a schema that refers on and on, each time *times* times."""
    defs = {
        f'a{n}': {'allOf': [{'$ref': f'#/$defs/a{n + 1}'}] * times}
        for n in range(length)
    }
    defs |= {f'a{length}': {'maxLength': 3}}
    return {'$ref': '#/$defs/a0', '$defs': defs}


CHAIN = chain(60, 1)
DOUBLING = chain(14, 2)


def check(update, *exempted, document=NAMING):
    refusals = constraints.check(
        update, constraints.parse(document), exempted.__contains__
    )
    return next(refusals, None)


def test_a_value_that_all_constraints_allow_passes():
    assert check({'name': 'de-a', 'description': 'x' * 30}) is None


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('a', 'Names begin with de-.'),
        ('de-' + 'a' * 20, 'At most 20 letters.'),
        ('a' * 21, 'Names begin with de-.'),
    ],
)
def test_the_first_violated_constraint_gives_the_reason(name, message):
    refusal = check({'name': name})

    assert (refusal.status, refusal.message) == (400, message)
    assert refusal.fields == ('name',)


def test_each_violated_constraint_is_reported():
    held = constraints.parse(NAMING)

    refusals = constraints.check({'name': 'a' * 21}, held, lambda rule: False)

    assert [refusal.reason for refusal in refusals] == [
        'update_guard_constraint:name:1',
        'update_guard_constraint:name:2',
    ]


def test_a_caller_whom_the_check_admits_is_exempt():
    refusal = check({'name': 'a' * 21}, 'update_guard_constraint:name:1')

    assert refusal.message == 'At most 20 letters.'
    assert refusal.reason == 'update_guard_constraint:name:2'


def test_without_a_check_a_constraint_applies_to_everybody():
    assert [held.unless for held in constraints.parse(NAMING)] == [
        'role:admin',
        '!',
    ]


@pytest.mark.parametrize(
    ('field', 'form', 'good', 'bad'),
    [
        ('accessIPv4', 'ipv4', '192.0.2.1', 'a'),
        ('accessIPv6', 'ipv6', 'FD00::1', 'fe80::1%eth0'),
        ('hostname', 'hostname', 'vm-1.example', 'vm_1.example'),
        ('hostname', 'hostname', 'a.' * 126 + 'a', 'a.' * 126 + 'aa'),
        ('hostname', 'hostname', 'A' * 63, 'a' * 64),
        ('hostname', 'hostname', '1', 'a-.b'),
        ('description', 'date', '2026-11-26', '2026-11-31'),
        ('description', 'date', '2026-11-26', '20261126'),
        ('description', 'date', None, '2026-11-26\n'),
        (
            *('description', 'uuid', '5F2c1b0e-9d3a-4c55-8e8e-0a1b2c3d4e5f'),
            '5f2c1b0e9d3a4c558e8e0a1b2c3d4e5f',
        ),
    ],
)
def test_formats_are_checked(field, form, good, bad):
    document = {field: [{'schema': {'format': form}, 'message': 'no'}]}

    assert check({field: good}, document=document) is None
    assert check({field: bad}, document=document) is not None
    assert check({field: None}, document=document) is None


def test_a_value_is_checked_as_nova_will_store_it():
    document = {
        'name': [
            {'schema': {'not': {'pattern': '^admin'}}, 'message': 'no'},
            {'schema': {'maxLength': 8}, 'message': 'no'},
        ],
        'accessIPv6': [{'schema': {'pattern': '^fd00::'}, 'message': 'no'}],
        'pinned_availability_zone': [
            {'schema': {'type': 'string'}, 'message': 'no'}
        ],
    }

    for update, valid in (
        ({'name': ' admin'}, False),
        ({'name': '\u3000admin '}, False),
        ({'name': '   no admin   '}, True),
        ({'accessIPv6': 'FD00:0::1'}, True),
        ({'accessIPv6': 'FE00::1'}, False),
        ({'pinned_availability_zone': ''}, False),
        ({'pinned_availability_zone': 'az'}, True),
    ):
        assert (check(update, document=document) is None) == valid, update


@pytest.mark.parametrize(
    ('pattern', 'good', 'bad'),
    [
        ('^de-[a-z]+$', 'de-a', 'de-a\n'),
        ('^(a|b$)', 'b', 'b\n'),
        ('^a$|^b$', 'a', 'a\n'),
        (r'^a\$$', 'a$', 'a$\n'),
        (r'^[]$]\\$', '$\\', '$\\\n'),
        (r'^[^\]$]+$', 'a\n', '$'),
    ],
)
def test_the_end_of_a_pattern_is_the_end_of_the_value(pattern, good, bad):
    document = {
        'description': [{'schema': {'pattern': pattern}, 'message': 'no'}]
    }

    assert check({'description': good}, document=document) is None
    assert check({'description': bad}, document=document) is not None
    assert check({'description': None}, document=document) is None


def test_a_schema_refers_to_its_own_definitions():
    schema = {
        'anyOf': [{'$ref': '#/$defs/short'}, {'type': 'null'}],
        '$defs': {'short': {'maxLength': 3}},
    }
    document = {'name': [{'schema': schema, 'message': 'no'}]}

    assert check({'name': 'a'}, document=document) is None
    assert check({'name': 'b' * 4}, document=document) is not None


@given(st.text())
def test_the_log_does_not_quote_the_value(name):
    refusal = check({'name': f'secret{name}'})

    assert 'secret' not in refusal.reason


def test_an_empty_file_constrains_nothing():
    assert constraints.parse(None) == []


@pytest.mark.parametrize(
    ('document', 'words'),
    [
        ([], 'mapping'),
        ({'nme': []}, "no field 'nme'.*pinned_availability_zone"),
        ({5: []}, 'no field 5'),
        ({'availability_zone': []}, 'as pinned_availability_zone$'),
        ({'name': {}}, 'name: is not a list'),
        ({'name': []}, 'name: has no constraint'),
        (
            {'name': ['a']},
            'name, constraint 1: is not a mapping; it takes schema',
        ),
        ({'name': [{'schema': {}}]}, 'message is missing'),
        ({'name': [{'message': 'a'}]}, 'schema is missing'),
        ({'name': [{'schema': [], 'message': 'a'}]}, 'schema is not a JSON'),
        ({'name': [{'schema': {}, 'message': 1}]}, 'message is not a string'),
        (
            {'name': [{'schema': {}, 'message': False}]},
            r'message is not a string \(YAML reads no, off or false as',
        ),
        (
            {'name': [{'schema': {}, 'message': 'm', 'unless': True}]},
            r'a string \(YAML reads yes, on or true as a boolean: put the',
        ),
        ({'name': [{'schema': {}, 'message': ' '}]}, 'message is empty'),
        ({'name': [{'schema': {}, 'unless': 1}]}, 'unless is not a policy'),
        ({'name': [{'schema': {}, 'unless': ' '}]}, 'would exempt everybody'),
        ({'name': [{'schema': {}, 'unless': ' @'}]}, 'exempts everybody'),
        ({'name': [{'schema': {}, 'unles': 'a'}]}, "no key 'unles'"),
        (
            {'name': [{'schema': {'type': 'sting'}, 'message': 'a'}]},
            'name, constraint 1: schema: .*sting',
        ),
        (
            {'name': [{'schema': {'pattern': '('}, 'message': 'a'}]},
            'name, constraint 1: schema: ',
        ),
        (
            {'name': [{'schema': DEEP, 'message': 'a'}]},
            'name, constraint 1: schema: is nested too deeply',
        ),
        *(
            ({'name': [{'schema': schema, 'message': 'a'}]}, words)
            for schema, words in (
                ({'$ref': '#/nowhere'}, "there is no '#/nowhere' in it"),
                ({'not': {'$ref': 'a.json'}}, "there is no 'a.json' in it"),
                ({'anyOf': [{'$ref': 'http://a/b'}]}, 'no .http://a/b'),
                ({'$dynamicRef': '#a'}, 'no .*dynamicRef. for'),
                ({'$id': 'http://a/b', 'not': {}}, 'no .*id. for'),
                ({'$ref': '#'}, "there is no '#' in it"),
                ({'$ref': '#/$defs/a', '$defs': SELF}, 'nested too deeply'),
                (
                    {'anyOf': [{'maxLength': 3}, {'$ref': '#/$defs/a'}]}
                    | {'$defs': SELF},
                    'nested too deeply',
                ),
                (
                    {'$ref': '#/$defs/a/b', '$defs': {'a/b': {'const': 'a'}}},
                    "there is no '#/.defs/a/b' in it",
                ),
                ({'patern': 'a'}, "JSON Schema has no 'patern'"),
                ({'not': {'patern': 'a'}}, "has no 'patern'"),
                ({'anyOf': [{'patern': 'a'}, {}]}, "has no 'patern'"),
                ({'minimum': 10}, "no 'minimum' for a string or null"),
                ({'not': {'items': {}}}, "no 'items'.* for a string or null"),
                ({}, 'it restricts no string'),
                ({'title': 'a'}, 'it restricts no string'),
                ({'$defs': {'a': {'maxLength': 3}}}, 'restricts no'),
                ({'then': {'maxLength': 3}}, "'if' needs 'then' or 'else'"),
                ({'not': {'if': {}}}, "'if' needs 'then' or 'else'"),
                ({5: 'a', 'b': 'c'}, 'JSON Schema has no'),
                ({'patern': 'a'}, r"\(did you mean 'pattern'\?\)"),
                ({'format': 'ipv44'}, r"'ipv44' \(did you mean 'ipv4'\?\)"),
                ({'format': 'uri'}, "format 'uri'; there are date, hostname"),
                ({'not': {'format': 'email'}}, 'email.*write another as a p'),
                ({'pattern': '^(?!a)'}, "pattern '...?!a.' looks ahead"),
                ({'not': {'pattern': r'(a)\1'}}, 'refers back to a group'),
                (
                    {'$ref': '#/default', 'default': {'pattern': '(?=a)'}},
                    'no .#/default. in it',
                ),
                ({'not': {'$ref': '#/type'}, 'type': 'null'}, 'no .#/type'),
                # jsonschema takes the validator that $schema names.
                ({'not': {'$schema': DRAFT, 'pattern': 'a'}}, 'for the top'),
                ({'$schema': DRAFT_3, 'const': 'a'}, 'only for the top, as'),
                # YAML reads on, 017 and 12:30 as no strings.
                ({'enum': ['off', True]}, 'True is no string and no null'),
                ({'anyOf': [{'const': 15}]}, '15 is no string and no null'),
                (CHAIN, 'nested too deeply'),
                (DOUBLING, 'too large, with all that it refers to'),
            )
        ),
    ],
    ids=lambda given: str(given)[:80],
)
def test_an_unusable_file_is_an_error_with_its_reason_and_place(
    document, words
):
    with pytest.raises(ConstraintError, match=words):
        constraints.parse(document)


@pytest.mark.parametrize(
    ('schema', 'steps'),
    [
        ({'maxLength': 5, 'patern': 'a'}, ('patern',)),
        ({'anyOf': [{}, {'not': {'format': 'a'}}]}, ('anyOf', 1, 'not')),
        ({'$defs': {'a': {'pattern': '('}}}, ('$defs', 'a', 'pattern')),
        ({'type': 'sting'}, ('type',)),
        (
            {'if': {'$ref': '#/no'}, 'then': {'maxLength': 3}},
            ('if', '$ref'),
        ),
        ({'$ref': '#'}, ('$ref',)),
    ],
    ids=str,
)
def test_an_unusable_schema_is_an_error_with_its_place(schema, steps):
    document = {'name': [*NAMING['name'], {'schema': schema, 'message': 'a'}]}

    with pytest.raises(ConstraintError) as error:
        constraints.parse(document)

    where = ('name', 2, 'schema', *steps)
    (mistake,) = error.value.mistakes
    assert mistake.where[: len(where)] == where


@pytest.mark.parametrize(
    'inner', [{'anyOf': [False, {'pattern': '^a'}]}, {'not': {}}]
)
def test_a_schema_in_a_schema_may_be_a_truth_value(inner):
    (held,) = constraints.parse({'name': [{'schema': inner, 'message': 'a'}]})

    assert held.validator.is_valid('a') is (inner != {'not': {}})


def test_a_schema_may_name_its_draft_at_the_top():
    schema = {'$schema': DRAFT, 'pattern': '^a$'}
    (held,) = constraints.parse({'name': [{'schema': schema, 'message': 'a'}]})

    assert held.validator.is_valid('a')
    assert not held.validator.is_valid('a\n')


def test_a_schema_may_refer_to_its_definitions_more_than_once():
    schema = chain(8, 2)
    (held,) = constraints.parse({'name': [{'schema': schema, 'message': 'a'}]})

    assert held.validator.is_valid('abc')
    assert not held.validator.is_valid('abcd')


def constraint(field, schema):
    return {field: [{'schema': schema, 'message': 'm'}]}


STRINGS = ('name', 'hostname', 'accessIPv4', 'OS-DCF:diskConfig')
ALL = [
    *({'allOf': [True]}, {'not': False}, {'anyOf': [True, False]}),
    *({'type': ['string', 'null']}, {'not': {'type': 'integer'}}),
    *({'if': {'type': 'object'}, 'then': False}, {'allOf': [{}, {}]}),
    {'$ref': '#/$defs/a', '$defs': {'a': {'type': ['string', 'null']}}},
]
NONE = [
    *({'type': 'integer'}, {'type': ['object', 'array']}, {'not': True}),
    *({'allOf': [{'type': 'string'}, {'type': 'null'}]}, {'enum': []}),
    *({'oneOf': [True, True]}, {'anyOf': [False]}, {'not': {'allOf': [{}]}}),
    {'$ref': '#/$defs/a', '$defs': {'a': {'type': 'boolean'}}},
]


@pytest.mark.parametrize('field', [*STRINGS, 'description'])
@pytest.mark.parametrize(
    ('schema', 'kind'),
    [(each, 'every') for each in ALL] + [(each, 'no') for each in NONE],
    ids=str,
)
def test_a_schema_that_does_not_depend_on_the_value_is_refused(
    field, schema, kind
):
    with pytest.raises(ConstraintError, match=f'allows {kind} value') as error:
        constraints.parse(constraint(field, schema))

    (mistake,) = error.value.mistakes
    assert mistake.where == (field, 0, 'schema')


IPV4, DISK = 'accessIPv4', 'OS-DCF:diskConfig'
UUID = {'format': 'uuid'}


@pytest.mark.parametrize(
    ('field', 'schema'),
    [
        (DISK, {'enum': ['auto', 'manual']}),
        (DISK, {'const': 'auto'}),
        (DISK, {'pattern': '^[a-z]+$'}),
        (DISK, {'minLength': 7}),
        (IPV4, {'enum': ['10.0.0.0/8', '::1']}),
        (IPV4, {'format': 'ipv6'}),
        (IPV4, UUID),
        ('accessIPv6', {'format': 'ipv4'}),
        ('accessIPv6', {'format': 'hostname'}),
        ('name', {'minLength': 256}),
        ('name', {'maxLength': 0}),
        ('name', {'minLength': 10, 'maxLength': 5}),
        (IPV4, {'minLength': 10, 'maxLength': 5}),
        ('hostname', {'maxLength': 0}),
        ('name', {'enum': ['web'], 'pattern': '^db'}),
        ('hostname', {'enum': ['web_1/2']}),
        ('description', {'type': 'string', 'minLength': 256}),
        ('description', {'enum': ['a' * 256]}),
    ],
    ids=str,
)
def test_a_schema_that_allows_no_value_of_nova_s_is_refused(field, schema):
    with pytest.raises(
        ConstraintError, match=f'no value of {field}, of those that nova takes'
    ) as error:
        constraints.parse(constraint(field, schema))

    (mistake,) = error.value.mistakes
    assert mistake.where == (field, 0, 'schema')


@pytest.mark.parametrize(
    ('field', 'schema'),
    [
        (DISK, {'enum': ['AUTO', 'auto']}),
        (DISK, {'pattern': '^A'}),
        (IPV4, {'format': 'hostname'}),
        (IPV4, {'format': 'ipv4'}),
        (IPV4, {'minLength': 300}),
        ('accessIPv6', {'enum': ['::1']}),
        ('name', {'minLength': 255}),
        ('name', {'minLength': 1, 'maxLength': 1}),
        ('description', {'type': 'string', 'maxLength': 0}),
        ('name', UUID),
        ('hostname', {'const': 'web.example'}),
        # Null, which it does not hold.
        ('description', {'minLength': 256}),
        ('description', {'enum': [None]}),
        ('pinned_availability_zone', {'type': 'string', 'minLength': 9}),
        ('pinned_availability_zone', {'enum': ['', 'az-1']}),
        ('name', {'anyOf': [{'minLength': 256}, {'const': 'a'}]}),
    ],
    ids=str,
)
def test_a_schema_that_a_value_of_nova_s_may_meet_is_taken(field, schema):
    assert constraints.parse(constraint(field, schema))


@pytest.mark.parametrize(
    'schema', [{'type': 'string'}, {'type': 'null'}, {'const': None}], ids=str
)
def test_null_counts_where_a_field_can_be_null(schema):
    for field in ('description', 'pinned_availability_zone'):
        assert constraints.parse(constraint(field, schema))
    for field in STRINGS:
        with pytest.raises(ConstraintError, match='always a string'):
            constraints.parse(constraint(field, schema))


def test_all_values_can_be_refused_outright():
    assert constraints.parse(constraint('name', {'not': {}}))


@given(
    st.recursive(
        st.sampled_from(
            [
                *(True, False, {'type': 'string'}, {'type': 'null'}),
                *({'type': 'integer'}, {'enum': ['a', None]}, {'const': 'a'}),
                *({'pattern': '^a'}, {'minLength': 1}, {'format': 'uuid'}),
            ]
        ),
        lambda part: st.one_of(
            st.builds(lambda x: {'not': x}, part),
            *(
                st.builds(
                    lambda x, key=key: {key: x},
                    st.lists(part, min_size=1, max_size=3),
                )
                for key in ('allOf', 'anyOf', 'oneOf')
            ),
            st.builds(
                lambda a, b, c: {'if': a, 'then': b, 'else': c}, *[part] * 3
            ),
        ),
        max_leaves=6,
    )
)
def test_a_schema_that_tells_two_values_apart_is_never_refused(schema):
    schema = {'allOf': [schema]}
    validator = value_schemas.validator(schema)
    uuid = '7d5c8b2e-1111-4222-8333-944455556666'
    for samples in (['', 'a', 'b', uuid], ['', 'a', 'b', uuid, None]):
        seen = {validator.is_valid(each) for each in samples}
        found = constant_schemas.constant(schema, None in samples)
        assert found is None or seen == {found}
