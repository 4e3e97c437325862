"""Documents with everything in them that ``json.dumps`` can write."""

import json

from hypothesis import strategies as st

# Half a surrogate pair included, which no UTF-8 has.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=6)
NUMBERS = (
    st.integers()
    | st.floats()
    # As many digits as Python writes.
    | st.sampled_from([10**4299, -(10**4299), 10**400, 1e308, 5e-324])
)
# json.dumps makes texts of these; two of them may make the same.
KEYS = TEXTS | st.integers() | st.floats() | st.booleans() | st.none()
ODD_TEXTS = st.sampled_from(
    ['\ud800', '\udfff', '\udc00\ud800', 'a\ud83d', '\U0001f600', '\x00\x7f']
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | ODD_TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS | ODD_TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)
SPACES = st.sampled_from([None, 0, 1, '\t'])


def same(one, other):
    """Tell whether two values are equal, NaN to itself, in equal order."""
    return json.dumps(one) == json.dumps(other)
