"""Compare two policies: for each rule, who may more and who may less.

It is exact: a difference is shown by a caller and a server, confirmed by the
guard's own evaluation; that there is none is proved.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nova_update_guard.analysis.domain import Domain, Witness
from nova_update_guard.analysis.nodes import Keys, Nodes
from nova_update_guard.conf.guard import Settings
from nova_update_guard.policy import loader, trees
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.files import PolicyFiles
from nova_update_guard.policy.mistakes import Mistake, PolicyError

WIDER = 'wider'
NARROWER = 'narrower'
UNDECIDED = 'not decided'


class Difference(NamedTuple):
    """A change of *rule*: WIDER, NARROWER or UNDECIDED, for *witness*.

    It only may be one if it *depends* on the texts of some checks. *shown* are
    the credentials and the values of the server that matter.
    """

    rule: str
    change: str
    witness: Witness = Witness({}, {}, {})
    shown: tuple[str | Keys, ...] = ()
    depends: tuple[str, ...] = ()


class Comparison(NamedTuple):
    """The differences, and how many rules are *same* and how many *proved*.

    The same have the same checks in the same order; of others that are equal,
    the solver has a proof.
    """

    differences: list[Difference]
    same: int
    proved: int


def load(name: str, settings: Settings | None = None) -> Rules:
    """Load the policy file, or the folder of such files, of this *name*.

    The documented defaults hold for the rest, and the attributes that
    *settings* declare. Raises PolicyError or OSError.
    """
    is_folder = Path(name).is_dir()
    files = PolicyFiles(
        '' if is_folder else name,
        [name] if is_folder else [],
        lambda each: each or None,
        '',
    )
    if not files.stat():
        what = 'has no policy files' if is_folder else 'does not exist'
        raise PolicyError(Mistake(f'{name} {what}'))
    return loader.load(files, settings)


def compare(old: Rules, new: Rules, seconds: float) -> Comparison:
    """Return the differences of the guard's rules from *old* to *new*.

    A question to the solver takes at most *seconds*. Rules of other names
    count where one of the guard's refers to them. Raises ImportError without
    the solver.
    """
    comparing = _Comparing(old, new, seconds)
    differences: list[Difference] = []
    same = proved = 0
    for rule in old.documented:
        numbers = comparing.numbers(rule)
        is_same = numbers[0] == numbers[1]
        found = [] if is_same else comparing.differences(rule, numbers)
        differences += found
        same += is_same
        proved += not is_same and not found
    return Comparison(differences, same, proved)


def changed(rule: str, old: Rules, new: Rules) -> list[str]:
    """Return the rules of other texts that make the difference of *rule*.

    It is one of them itself, or it refers to them.
    """
    made_of = (*_made_of(rule, old), *_made_of(rule, new))
    return [
        name
        for name in dict.fromkeys(made_of)
        if old.texts.get(name) != new.texts.get(name)
    ]


def _made_of(rule: str, rules: Rules) -> list[str]:
    """Return *rule* and the rules that it refers to, each once."""
    found = [rule]
    for name in found:
        found += {
            check.match: None
            for check in trees.parts(rules.trees[name])
            if isinstance(check, trees.Reference) and check.match not in found
        }
    return found


class _Comparing:
    """Two policies, and the differences between pairs of their checks."""

    def __init__(self, old: Rules, new: Rules, seconds: float) -> None:
        self._policies = (old, new)
        self._seconds = seconds
        self._nodes = Nodes()
        self._found: dict[tuple[int, int], list[Difference]] = {}

    def numbers(self, rule: str) -> tuple[int, int]:
        """Return the number of *rule*'s check in each policy."""
        old, new = (self._nodes.add(each, rule) for each in self._policies)
        return old, new

    def differences(
        self, rule: str, numbers: tuple[int, int]
    ) -> list[Difference]:
        """Return the differences of *rule*, whose *numbers* differ."""
        # Many rules have the same check.
        if numbers not in self._found:
            self._found[numbers] = [*self._search(rule, numbers)]
        return [each._replace(rule=rule) for each in self._found[numbers]]

    def _search(
        self, rule: str, numbers: tuple[int, int]
    ) -> Iterator[Difference]:
        """Yield a difference in each direction in which there is one."""
        # It takes a moment, and is an extra.
        from nova_update_guard.analysis import search

        leaves = self._nodes.leaves(*numbers)
        known = Domain(leaves)
        # The guard's own evaluation decides, also against a wrong formula.
        doubts = known.doubts or tuple(leaf.text for leaf in leaves)
        searching = search.Search(self._nodes, numbers, known, self._seconds)
        try:
            for change in (WIDER, NARROWER):
                found = None
                for witness, is_quiet in searching.witnesses(change == WIDER):
                    found = Difference(
                        rule,
                        change,
                        witness,
                        (*witness.credentials, *witness.server),
                        doubts,
                    )
                    if is_quiet and self._holds(found):
                        found = self._sure(found, known)
                        break
                if found:
                    yield found
        except search.UndecidedError:
            yield Difference(rule, UNDECIDED)

    def _sure(self, found: Difference, known: Domain) -> Difference:
        """Return *found*, without values that could as well be others."""
        shown = tuple(
            name
            for name, other in found.witness.others(known.constants)
            if not self._holds(found._replace(witness=other))
        )
        return found._replace(shown=shown, depends=())

    def _holds(self, found: Difference) -> bool:
        """Return whether the guard's own evaluation shows the change."""
        creds, document = found.witness.creds(), found.witness.document()
        results = [
            rules.caller(creds).authorize(found.rule, document)
            for rules in self._policies
        ]
        return results == [found.change == NARROWER, found.change == WIDER]
