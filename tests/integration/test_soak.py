"""A short soak; ``python -m tests.soak`` goes on for as long as it is told."""

from tests.soak.run import problems, soak

# A machine may be slow; both policies are to be met.
SECONDS = 9
REQUESTS = 60


def test_policy_that_changes_and_breaks_is_never_a_mixture(seed, tmp_path):
    seed(tmp_path)
    found = soak(tmp_path, SECONDS, lambda text: None, REQUESTS)

    assert [*problems(found)] == []
    assert found.broken >= 3
    assert found.statuses.total() >= REQUESTS
