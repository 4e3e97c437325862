from nova_update_guard.layers.modes import AUDIT, ENFORCE, enforced, only


def test_a_layer_enforces_if_it_is_named_and_set_to():
    modes = {'one_parameter': AUDIT, 'field_policy': ENFORCE}

    assert enforced(modes)
    assert enforced(modes, 'one_parameter', 'field_policy')
    assert not enforced(modes, 'one_parameter', 'field_validation')
    assert not enforced({})
    assert only(modes, 'one_parameter', 'x') == {'one_parameter': AUDIT}
