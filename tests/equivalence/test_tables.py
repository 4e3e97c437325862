"""The tables agree with nova's own schemas, at every microversion."""

from nova.api.openstack.wsgi import Fault

from nova_update_guard.compute_api import faults
from tests.equivalence import model, tables


def test_every_field_and_attribute_of_nova_has_its_row_and_no_other_has() -> (
    None
):
    assert tables.problems() == []


def test_the_schemas_of_nova_name_the_update_fields_of_every_version() -> None:
    minors = range(model.newest() + 1)

    assert [_ for _ in minors if not tables.editable_in_nova(_)] == []


def test_a_refusal_has_the_name_that_nova_gives_its_status() -> None:
    assert Fault._fault_names == faults.NAMES
