"""Compare nova's own rules with the guard's, where nova is installed.

nova itself decides for its side, with its defaults, deprecated rules and
scopes.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from nova_update_guard.deploy import nova_policy
from nova_update_guard.deploy.rule_pairs import ACTIONS, PAIRS, Pair
from nova_update_guard.deploy.told_apart import Atom, Sample, samples
from nova_update_guard.policy import callers, trees
from nova_update_guard.policy.enforcer import Caller, Document, Rules

# At most so many callers are named in a message.
_NAMED = 8


class Tried(NamedTuple):
    """A caller to try: *context* is nova's, *caller* the guard's.

    *is_same*, if they agree on whether it is an administrator. *allowed* has
    what nova has said for some servers.
    """

    sample: Sample
    context: Any
    caller: Caller
    is_same: bool
    allowed: dict[str, bool]


def differences(
    rules: Rules, layers: Collection[str], checks_actions: bool
) -> list[str]:
    """Return a message for each rule of nova's that allows more than *rules*.

    Only rules of *layers* are compared; those of actions only if the guard
    *checks_actions*.
    """
    found: list[str] = []
    unknown = []
    contexts = _Contexts()
    for name, pairs in _by_nova(layers, checks_actions).items():
        leaves = nova_policy.leaves((name, trees.ADMIN_RULE))
        if any(map(trees.is_opaque, leaves)):
            unknown.append(f'{name} (asks a service, or a plug-in)')
            continue
        try:
            found += _compared(name, pairs, leaves, rules, contexts)
        except Exception as error:
            # Of any kind; nova would respond 500.
            unknown.append(f'{name} (fails with {type(error).__name__})')
    if unknown:
        found.append(
            "these policies of nova's could not be compared with the guard's "
            f'rules: {", ".join(unknown)}'
        )
    return found


def _by_nova(
    layers: Collection[str], checks_actions: bool
) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in PAIRS:
        is_checked = checks_actions or pair.nova not in ACTIONS
        if pair.kind.layer in ('', *layers) and is_checked:
            found.setdefault(pair.nova, []).append(pair)
    return found


def _compared(
    name: str,
    pairs: list[Pair],
    leaves: list[Any],
    rules: Rules,
    contexts: '_Contexts',
) -> Iterator[str]:
    """Yield a message for each kind of difference about nova's rule *name*."""
    for rule in {pair.rule for pair in pairs} | {trees.ADMIN_RULE}:
        leaves = [*leaves, *trees.leaves(rules.trees, rule)]
    tried = [*_tried(leaves, rules, contexts)]
    for kind in dict.fromkeys(pair.kind for pair in pairs):
        by_callers: dict[str, list[str]] = {}
        for pair in pairs:
            if pair.kind == kind and (who := _who(pair, tried, rules)):
                by_callers.setdefault(who, []).append(pair.subject)
        if by_callers:
            yield kind.text.format(
                nova=name,
                who='; '.join(
                    kind.who.format(callers=who, subjects=', '.join(subjects))
                    for who, subjects in by_callers.items()
                ),
            )


class _Contexts(dict[tuple[Any, ...], Any]):
    """nova's contexts of callers; None for one that nova cannot have.

    Each asks nova's policy whether it is an administrator, which takes most of
    the time of a comparison.
    """

    def of(self, sample: Sample) -> Any:
        """Return the context of *sample*."""
        key = (sample.roles, *sorted(sample.credentials.items()))
        if key not in self:
            self[key] = _context(sample)
        return self[key]


def _context(sample: Sample) -> Any:
    from nova.context import RequestContext

    try:
        return RequestContext(
            roles=[*sample.roles], overwrite=False, **_identity(sample)
        )
    except TypeError:
        # A credential that no caller of nova's has.
        return None


def _tried(
    leaves: Iterable[Any], rules: Rules, contexts: _Contexts
) -> Iterator[Tried]:
    """Yield the callers to try for rules with *leaves*."""
    for sample in samples(callers.named(leaves)):
        context = contexts.of(sample)
        if context is None:
            continue
        creds = dict(context.to_policy_values())
        if creds.get('system_scope'):
            creds['system'] = creds['system_scope']
        caller = rules.caller(creds)
        # None: it depends on the server.
        ours = caller.authorize(trees.ADMIN_RULE)
        is_same = ours in (None, bool(context.is_admin))
        yield Tried(sample, context, caller, is_same, {})


def _identity(sample: Sample) -> dict[str, Any]:
    values = {'user_id': callers.USER_ID, **sample.credentials}
    if not {'system_scope', 'domain_id'} & values.keys():
        values.setdefault('project_id', callers.PROJECT_ID)
    return values


def _who(pair: Pair, tried: Iterable[Tried], rules: Rules) -> str:
    """Return who can do in nova what the guard denies; '' for nobody.

    Of callers with the same roles and more, only the first is named.
    """
    found: dict[str, frozenset[Atom]] = {}
    for one in tried:
        atoms = one.sample.atoms
        if any(fewer <= atoms for fewer in found.values()):
            continue
        if _differs(pair, one, rules):
            found[one.sample.label] = atoms
    more = [f'{len(found) - _NAMED} more'] if len(found) > _NAMED else []
    return ', '.join([*found][:_NAMED] + more)


def _differs(pair: Pair, one: Tried, rules: Rules) -> bool:
    if pair.rule == trees.ADMIN_RULE:
        is_nova = bool(one.context.is_admin)
        return not one.is_same and is_nova != pair.kind.is_wider
    # Where administrators differ, all other rules would differ as well. Nova's
    # checks take much longer.
    return one.is_same and any(
        _denies(pair, one.caller, server, rules)
        and _allows(pair, one, key, server)
        for key, server in _servers(one.context)
    )


def _allows(pair: Pair, one: Tried, key: str, server: Document) -> bool:
    if key not in one.allowed:
        target = {
            'project_id': server['tenant_id'],
            'user_id': server['user_id'],
        }
        one.allowed[key] = bool(
            one.context.can(pair.nova, target, fatal=False)
        )
    return one.allowed[key]


def _servers(context: Any) -> Iterator[tuple[str, Document]]:
    """Yield servers that nova finds for the caller, each with a name.

    They are the caller's own, a colleague's, and for an administrator that of
    another project.
    """
    own = {'tenant_id': context.project_id, 'user_id': context.user_id}
    theirs = {'user_id': 'a-colleague'}
    if context.project_id:
        yield 'own', own
        yield 'colleague', own | theirs
    if context.is_admin:
        yield 'another project', {'tenant_id': 'another-project', **theirs}


def _denies(
    pair: Pair, caller: Caller, server: Document, rules: Rules
) -> bool:
    known = {
        'project_id',
        'user_id',
        *(f'server.{key}' for key in pair.server),
    }
    # A rule that depends on more than this document may still allow it.
    is_known = (
        pair.rule not in rules.opaque
        and rules.readers[pair.rule].keys() <= known
    )
    document = {**server, **pair.server} if is_known else None
    return caller.authorize(pair.rule, document) is False
