"""What the policy commands say is what the guard decides."""

from tests.analysis import policy_matrix, policy_replay

# ``python -m tests.analysis.policy_matrix N``, and policy_replay, run more.
REQUESTS = 300


def test_the_matrix_agrees_with_the_guard() -> None:
    policy_matrix.COUNTS.clear()

    assert policy_matrix.run(REQUESTS, seed=1) == []
    # A generator that only makes one kind would find nothing.
    assert min(policy_matrix.COUNTS.values()) > REQUESTS / 3


def test_the_replay_agrees_with_the_guard() -> None:
    policy_replay.COUNTS.clear()

    assert policy_replay.run(REQUESTS, seed=3) == []
    assert policy_replay.COUNTS.keys() >= {'None', '0', '1', '2', '3'}
