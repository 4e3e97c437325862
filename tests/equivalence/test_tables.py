"""The tables hold what nova's own schemas say, at every microversion."""

from tests.equivalence import tables


def test_every_field_and_attribute_of_nova_has_its_row_and_no_other_has() -> (
    None
):
    assert tables.problems() == []
