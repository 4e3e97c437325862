"""The words of a replay: its kinds of findings, and its sentences."""

from nova_update_guard.report import words
from nova_update_guard.report.tally import Tally
from nova_update_guard.report.words import Vocabulary

# The kinds of findings: what would be otherwise.
REFUSED, UNKNOWN, ALLOWED, SHOWN = range(4)
KINDS = (
    'would be refused',
    'cannot be told',
    'would be allowed',
    'would be shown',
)


def headline(tally: Tally) -> str:
    """Return a sentence with the number of requests decided otherwise."""
    if not tally.records:
        return 'There are no records.'
    said = [
        f'{"about " if kind in tally.estimates else ""}'
        f'{words.whole(count):,} {KINDS[kind]}'
        for kind, count in enumerate(tally.counts)
        if count
    ]
    if not said:
        return 'The new policy decides all these requests as before.'
    return f'Requests by the new policy: {"; ".join(said)}.'


VOCABULARY = Vocabulary(
    command='policy replay',
    title='What would be decided otherwise',
    kinds=KINDS,
    rest='as before',
    headline=headline,
    tables=('client', 'project', 'user', 'field', 'rule', 'depends_on'),
    crossed={
        REFUSED: 'What would be refused',
        ALLOWED: 'What would be allowed',
        UNKNOWN: 'What cannot be told',
    },
)
