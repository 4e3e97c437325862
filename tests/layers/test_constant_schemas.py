"""A schema that types alone decide holds nobody, or everybody."""

import pytest

from nova_update_guard.layers.constant_schemas import constant

NULL_HAS_PATTERN = {
    'if': {'type': 'null'},
    'then': {'pattern': 'x'},
    'else': False,
}


@pytest.mark.parametrize(
    ('schema', 'may_be_null', 'allows'),
    [
        ({'type': 'string'}, False, True),
        ({'type': 'string'}, True, None),
        ({'type': 'integer'}, True, False),
        ({'enum': [None]}, False, False),
        ({'enum': [None]}, True, None),
        ({'enum': ['a']}, False, None),
        ({'pattern': 'a'}, False, None),
        # A pattern holds strings only.
        (NULL_HAS_PATTERN, True, None),
        (NULL_HAS_PATTERN, False, False),
    ],
)
def test_whether_a_schema_allows_all_values_or_none(
    schema, may_be_null, allows
):
    assert constant(schema, may_be_null) is allows
