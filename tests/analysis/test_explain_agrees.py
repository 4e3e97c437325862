"""``policy explain`` agrees with a deployed guard, on generated requests."""

from tests.analysis import policy_explain


def test_explain_agrees_with_the_guard():
    found, counts = policy_explain.differences(200, seed=7)

    assert found == []
    # Each kind of result occurs.
    assert min(counts[name] for name in ('allowed', 'refused', 'hidden')) > 50
