"""The guard reads each request as nova does; nova itself is the model."""

import pytest

from tests.equivalence import generators
from tests.equivalence.generators import GENERATORS
from tests.equivalence.mutations import MUTATIONS, Mutation

# Some seconds each; ``tox -e equivalence -- N`` runs more.
EXAMPLES = 500


@pytest.mark.parametrize(
    ('name', 'title'),
    [
        pytest.param(name, title, id=f'{name}-{title}')
        for name, generator in GENERATORS.items()
        for title in generator.cases
    ],
)
def test_guard_and_nova_agree_on_known_bypasses(name: str, title: str) -> None:
    generators.check(name, GENERATORS[name].cases[title])


@pytest.mark.parametrize('name', GENERATORS)
def test_guard_and_nova_agree_on_generated_requests(name: str) -> None:
    run = generators.run(name, EXAMPLES)

    assert run.wrong == []
    # A generator that only makes garbage would find nothing.
    assert run.reached > EXAMPLES / 20


@pytest.mark.parametrize('mutation', MUTATIONS, ids=lambda each: each.undone)
def test_the_line_of_a_mutation_is_still_there(mutation: Mutation) -> None:
    assert mutation.applies
