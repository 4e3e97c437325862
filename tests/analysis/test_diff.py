"""Differences of two policies: none is missed, none is invented."""

import random
import sys

import pytest

from nova_update_guard.analysis import diff
from nova_update_guard.analysis.diff import NARROWER, UNDECIDED, WIDER
from nova_update_guard.policy import defaults
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.mistakes import PolicyError
from nova_update_guard.policy.targets import Lack
from tests.analysis import policy_diff
from tests.analysis.policies import RULE, compare, policy

TOTAL = len(defaults.list_rules())


def only(old, new):
    """Return the only difference between two texts of a rule."""
    (found,) = compare(old, new).differences
    return found


def changes(old, new):
    return [
        (each.change, bool(each.depends))
        for each in compare(old, new).differences
    ]


def test_differences_agree_with_brute_force_over_all_callers_and_servers():
    found = [*policy_diff.problems(random.Random(1), len(policy_diff.RULES))]

    assert [problem for problem in found if problem] == []


def test_brute_force_notices_a_direction_that_is_taken_for_the_other(
    monkeypatch,
):
    swapped = {WIDER: NARROWER, NARROWER: WIDER}
    real = diff.compare

    def wrong(*given):
        compared = real(*given)
        return compared._replace(
            differences=[
                each._replace(change=swapped[each.change])
                for each in compared.differences
            ]
        )

    monkeypatch.setattr(diff, 'compare', wrong)

    assert any(policy_diff.problems(random.Random(1), 20))


@pytest.mark.parametrize(
    ('old', 'new'),
    [
        ('role:Admin', 'role:admin'),
        ('is_admin:True', 'role:admin'),
        ('role:a and role:b', 'not (not role:b or not role:a)'),
        ("'a':a", '@'),
        ("'a':b or role:a", 'role:a'),
        ('"x":%(server.name)s', "'x':%(server.name)s"),
        ('project_id:%(project_id)s', 'project_id:%(server.tenant_id)s'),
        ('system:all', 'system_scope:all'),
        ('is_admin_project:True or is_admin_project:False', '@'),
        ('user_id:100%%', "user_id:100%% and (not '1%%':%(name)s or @)"),
        ('roles:a and role:A', 'roles:a'),
        ('http://x/ or http://x/', 'http://x/'),
        ("'a-b':a-%(server.name)s", "'b':%(server.name)s"),
        (
            'user_id:a-%(server.name)s and user_id:a-%(server.x)s '
            "and 'n':%(server.name)s",
            "user_id:a-n and 'n':%(server.name)s and 'n':%(server.x)s",
        ),
        ("not 'x':%(server.name)s and 'x':%(server.name)s", '!'),
    ],
)
def test_another_text_of_the_same_meaning_is_proved_equal(old, new):
    old, new = (
        text.replace('%(name)s', '%(server.n)s') for text in (old, new)
    )
    compared = compare(old, new)

    assert compared.differences == []
    assert compared.same + compared.proved == TOTAL


def test_equal_checks_are_the_same_without_the_solver(monkeypatch):
    monkeypatch.setitem(sys.modules, 'z3', None)
    old = policy('rule:x', x='role:a or rule:y', y='role:b')
    new = policy('role:a or rule:z', z='role:b')

    assert diff.compare(old, new, 1) == ([], TOTAL, 0)


def test_without_the_solver_other_checks_are_not_taken_for_equal(monkeypatch):
    monkeypatch.setitem(sys.modules, 'z3', None)
    monkeypatch.delitem(
        sys.modules, 'nova_update_guard.analysis.search', raising=False
    )
    monkeypatch.delattr('nova_update_guard.analysis.search', raising=False)

    with pytest.raises(ImportError):
        compare('role:a', 'role:b')


@pytest.mark.parametrize(
    'impossible',
    [
        "'true':%(server.locked)s",
        "'active':%(server.status)s",
        "'':%(server.status)s",
    ],
)
def test_a_text_that_no_server_has_makes_no_difference(impossible):
    never = f"'x':%(server.name)s and {impossible}"
    same = "'x':%(server.name)s and 'y':%(server.name)s"

    assert changes(never, same) == []


def test_of_two_values_one_is_the_other_s_opposite():
    assert (
        changes("not 'True':%(server.locked)s", "'False':%(server.locked)s")
        == []
    )


def test_a_difference_is_shown_by_a_value_that_a_server_can_have():
    (found,) = compare('@', "not 'ACTIVE':%(server.status)s").differences[:1]

    assert found.witness.server == {('status',): 'ACTIVE'}


def test_a_difference_in_both_directions_is_two():
    assert changes('role:a', 'role:b') == [(WIDER, False), (NARROWER, False)]


def test_the_witness_has_the_fewest_roles_and_values():
    found = only('role:a and role:b', '(role:a and role:b) or role:c')

    assert found.change == WIDER
    assert found.witness.lists['roles'] == ['c']
    assert found.shown == ()


def test_a_value_that_is_equal_to_one_of_the_server_is_shown_with_it():
    found = only('role:a', 'role:a or project_id:%(project_id)s')

    assert {*found.shown} == {'project_id', ('tenant_id',)}
    assert (
        found.witness.credentials['project_id']
        == found.witness.server['tenant_id',]
    )


def test_a_value_that_the_server_lacks_is_the_last_resort():
    either = "'x':%(server.name)s or not 'x':%(server.name)s"

    assert only(either, '@').witness.server == {('name',): Lack.UNKNOWN}
    assert only("not 'x':%(server.name)s", '@').witness.server == {
        ('name',): 'x'
    }


def test_a_missing_key_of_a_map_is_no_match_and_denies_nothing():
    key = '%(server.metadata.k)s'
    found = only(f"not 'x':{key}", f"not 'x':{key} and user_id:{key}")

    assert found.change == NARROWER
    assert found.witness.server == {('metadata', 'k'): Lack.ABSENT}


def test_a_role_in_other_case_tells_roles_from_role():
    found = only('roles:A', 'role:a')

    assert found.change == WIDER
    assert found.witness.lists['roles'] == ['a']


def test_a_role_has_spellings_that_no_rule_names():
    text = 'role:ab and not roles:ab and not roles:AB'
    found = only('!', text)

    assert found.depends == ()
    assert compare('!', f'{text} and not roles:aB and not roles:Ab') == (
        [],
        TOTAL - 1,
        1,
    )
    # Python makes the sign of Kelvin a small k, too.
    assert changes('!', 'role:k and not roles:k and not roles:K') == [
        (WIDER, False)
    ]


def test_a_role_may_be_a_value_of_the_server():
    found = only('!', 'role:%(server.name)s')

    assert found.witness.lists['roles'] == [found.witness.server['name',]]
    assert found.shown == (('name',),)


def test_a_role_named_by_the_server_has_cases_too():
    name = '%(server.name)s'
    found = only('!', f'role:{name} and not roles:{name}')

    assert found.depends == ()
    (role,) = found.witness.lists['roles']
    assert role != found.witness.server['name',]
    assert role.lower() == found.witness.server['name',].lower()


def test_a_role_may_be_a_key_that_no_rule_gives_a_value():
    key = '%(server.metadata.k)s'
    found = only('!', f'role:{key}')

    assert found.witness.lists['roles'] == [*found.witness.server.values()]
    assert changes('!', f'roles:{key}') == [(WIDER, False)]
    assert changes('!', f'role:{key} and not roles:{key}') == [(WIDER, False)]
    assert changes('!', f'service_roles:{key}') == [(WIDER, False)]


def test_a_value_that_is_no_role_may_be_a_service_role():
    key = '%(server.metadata.k)s'
    other = f"not 'True':{key} and not 'False':{key}"
    found = only('!', f'service_roles:{key} and not role:{key} and {other}')

    assert found.witness.lists == {
        'roles': [],
        'service_roles': [*found.witness.server.values()],
    }


def test_a_document_has_all_keys_of_a_map_or_lacks_them_all():
    j, k = (f"'x':%(server.metadata.{key})s" for key in 'jk')
    both = f'({j} or not {j}) and ({k} or not {k})'

    assert compare(f'{j} or not {j}', both).differences == []


def test_a_document_may_have_one_map_and_lack_another():
    k, e = (
        f"'x':%(server.{each}.k)s"
        for each in ('metadata', 'flavor.extra_specs')
    )
    both = f'({k} or not {k}) and ({e} or not {e})'
    found = only(f'{k} or not {k}', both)

    assert found.witness.server == {
        ('flavor', 'extra_specs', 'k'): Lack.UNKNOWN,
        ('metadata', 'k'): Lack.ABSENT,
    }


def test_a_credential_that_is_not_set_equals_no_value_of_a_server():
    name = '%(server.name)s'
    none = f"user_id:None and 'None':{name}"

    assert only('!', f'{none} and user_id:{name}').witness.credentials == {
        'user_id': 'None'
    }
    assert only('!', f'{none} and not user_id:{name}').witness.credentials == {
        'user_id': None
    }
    assert compare('!', f"user_id:{name} and '':{name}").differences == []


def test_a_credential_is_rather_not_set_than_the_text_none():
    for _ in range(5):
        found = only('role:a', 'role:a or project_id:None')
        assert found.witness.credentials == {'project_id': None}


def test_what_the_guard_does_not_confirm_is_told_as_possible(monkeypatch):
    monkeypatch.setattr(Rules, 'evaluate', lambda *_: False)

    assert [each.depends for each in compare('!', 'role:a').differences] == [
        ('role:a',)
    ]


def test_there_is_no_role_without_a_name():
    name = '%(server.name)s'
    text = f"role:{name} and not 'x':{name}"

    assert changes('!', text) == [(WIDER, False)]
    assert compare('!', f"role:{name} and '':{name}").differences == []


def test_a_system_scope_is_also_the_system():
    assert only('!', 'system:all').witness.credentials == {
        'system_scope': 'all'
    }


def test_texts_around_values_differ_where_what_is_around_differs():
    name = '%(server.name)s'
    text = f'user_id:a-{name} and role:b-{name}'

    assert changes('!', text) == [(WIDER, False)]
    for other in ('b-%(server.x)s', 'b%(server.x)s', 'a-%(server.x)s-b'):
        text = f'user_id:a-{name}-a and user_id:{other}'
        assert compare('!', text).differences == []


def test_texts_around_values_may_be_equal_where_what_is_around_overlaps():
    text = 'user_id:a-%(server.name)s and user_id:%(server.name)s-b'

    assert changes('!', text) == [(WIDER, True)]


def test_service_roles_are_compared_with_their_case():
    found = only('service_roles:a', 'service_roles:A or service_roles:a')

    assert found.witness.lists == {'roles': [], 'service_roles': ['A']}
    assert changes('!', 'service_roles:%(server.name)s') == [(WIDER, False)]


def test_no_check_that_calls_a_service_is_evaluated(monkeypatch):
    def refuse(*_):
        raise AssertionError('a service was called')

    kind = type(policy('http://x/').trees[RULE])
    monkeypatch.setattr(kind, '__call__', refuse)

    assert changes('http://x/ and role:a', '@') == [(WIDER, False)]
    assert changes('http://x/ or role:a', 'role:a') == [(NARROWER, True)]
    assert changes('http://x/', 'http://y/') == [
        (WIDER, True),
        (NARROWER, True),
    ]


def test_a_check_that_fails_may_deny_what_not_would_allow():
    found = compare('@', 'http://x/ or not http://x/').differences

    assert [(each.change, each.depends) for each in found] == [
        (NARROWER, ('http://x/',))
    ]


def test_an_opaque_check_that_is_given_other_values_is_another_one():
    flavor = "'x':%(server.flavor.ram)s"

    assert changes('http://x/', f'http://x/ and (@ or {flavor})') == [
        (WIDER, True),
        (NARROWER, True),
    ]


@pytest.mark.parametrize(
    ('text', 'doubt'),
    [
        ('user_id:%(server.name)s-%(project_id)s', 'user_id:'),
        ("'xxxxxxxxx':%(server.name).3s", "'xxxxxxxxx':"),
        (
            "'a':%(server.flavor)s and 'x':%(server.flavor.ram)s",
            "'a':%(server.flavor)s",
        ),
    ],
)
def test_a_text_that_no_formula_describes_may_differ(text, doubt):
    found = only('!', text)

    assert found.change == WIDER
    assert found.depends[0].startswith(doubt)


def test_a_text_of_two_values_is_confirmed_where_it_can_be():
    found = only('!', 'not user_id:%(server.name)s-%(server.x)s')

    assert (found.change, found.depends) == (WIDER, ())


def test_two_texts_around_values_are_equal_where_the_values_are():
    texts = 'user_id:a-%(server.name)s and user_id:a-%(server.x)s'
    found = only('!', f'{texts} and role:a-%(server.name)s')

    assert found.depends == ()
    assert found.witness.server['name',] == found.witness.server['x',]
    assert changes(f"{texts} and 'n':%(server.name)s", '!') == [
        (NARROWER, False)
    ]


def test_a_text_around_a_value_is_not_the_value():
    name = '%(server.name)s'

    assert (
        compare('!', f'user_id:{name} and user_id:a-{name}').differences == []
    )


def test_a_text_around_a_value_is_understood():
    found = only('!', "user_id:a-%(server.name)s and 'x':%(server.name)s")

    assert found.depends == ()
    assert found.witness.credentials == {'user_id': 'a-x'}


def test_a_rule_that_takes_too_long_is_not_decided(monkeypatch):
    from nova_update_guard.analysis import search

    monkeypatch.setattr(search.z3.Solver, 'check', lambda _: search.z3.unknown)
    compared = compare('role:a', 'role:b')

    assert [each.change for each in compared.differences] == [UNDECIDED]
    assert (compared.same, compared.proved) == (TOTAL - 1, 0)


def test_a_difference_is_shown_even_if_no_time_is_left_to_make_it_small(
    monkeypatch,
):
    from nova_update_guard.analysis import search

    real = search.z3.Solver.check
    asked = []

    def check(solver):
        asked.append(solver)
        return search.z3.unknown if len(asked) == 2 else real(solver)

    monkeypatch.setattr(search.z3.Solver, 'check', check)

    assert only('!', 'role:a and user_id:u').change == WIDER
    assert len(asked) > 2


def test_rules_with_the_same_checks_are_searched_once(monkeypatch):
    from nova_update_guard.analysis import search

    made = []
    real = search.Search.__init__
    monkeypatch.setattr(
        search.Search,
        '__init__',
        lambda *given: (made.append(given), real(*given))[0],
    )
    names = [rule for rule in policy_diff.RULES if ':update:' in rule]
    old, new = (
        policy(text, **dict.fromkeys(names, text)) for text in ('role:a', '!')
    )

    assert len(diff.compare(old, new, 60).differences) == len(names)
    assert len(made) == 1


def test_a_changed_helper_is_what_makes_the_difference():
    old = policy('rule:x', x='rule:y', y='role:a')
    new = policy('rule:x', x='rule:y or rule:z', y='role:a', z='role:b')

    assert diff.changed(RULE, old, new) == ['x', 'z']
    assert diff.changed('context_is_admin', old, new) == []


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'a.yaml').write_text(f'{RULE}: role:a\n')
    (tmp_path / 'b.yaml').write_text(f'# Later.\n{RULE}: role:b\n')
    return tmp_path


def test_a_policy_is_a_file_or_a_folder(folder):
    file = diff.load(str(folder / 'a.yaml'))
    whole = diff.load(str(folder))

    assert (file.texts[RULE], whole.texts[RULE]) == ('role:a', 'role:b')
    assert str(whole.places[RULE]) == f'{folder}/b.yaml:2'


def test_what_does_not_exist_is_not_the_defaults(tmp_path):
    with pytest.raises(PolicyError, match=r'nope does not exist'):
        diff.load(str(tmp_path / 'nope'))
    with pytest.raises(PolicyError, match=r'has no policy files'):
        diff.load(str(tmp_path))
