"""Decide again what the keys of a list's query reveal."""

from collections.abc import Iterable, Iterator

from nova_update_guard.analysis.replayed_attributes import Attribute
from nova_update_guard.analysis.replayed_caller import ReplayedCaller
from nova_update_guard.analysis.replayed_fields import Item, Violation
from nova_update_guard.analysis.residual import needs_server
from nova_update_guard.compute_api.server_attributes import SHOW, UNLISTED
from nova_update_guard.layers import list_query
from nova_update_guard.layers.modes import RESPONSE_REDACTION
from nova_update_guard.policy import trees
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.report.findings import Record

OTHER_KEYS = 'the other keys of the query'


class KeysReplay:
    """Decides the keys of lists by new *rules*, with *extra_attributes*."""

    def __init__(self, rules: Rules, extra_attributes: Iterable[str]) -> None:
        self.show_rules = [
            rule for rule in rules.documented if rule.startswith(SHOW)
        ]
        self._opaque = rules.opaque
        self._key_rules = list_query.rules(extra_attributes)

    def items(
        self,
        violations: Iterable[Violation],
        caller: ReplayedCaller,
        level: int,
    ) -> Iterator[Item]:
        """Yield why a list that was refused is refused now, or may be.

        A record names the first filter that was refused, and no other that
        may come behind it; one of an older guard may name a sort key, which
        is taken for a filter.
        """
        refused = [
            each
            for each in violations
            if each.layer == RESPONSE_REDACTION
            and (each.rule or '').startswith(SHOW)
        ]
        for each in refused:
            for key in each.fields:
                for rule in self._key_rules.get(key, (each.rule or UNLISTED,)):
                    needs = self._needs(rule, caller)
                    if needs is not None:
                        yield Item(key, rule, level, needs)
        if refused and any(
            self._needs(rule, caller) is not None for rule in self.show_rules
        ):
            yield Item(None, None, level, OTHER_KEYS)

    def sorted_by(
        self, record: Record, caller: ReplayedCaller, is_matched: bool
    ) -> Iterator[Attribute]:
        """Yield the sort keys that were taken out, and are left in now.

        A record has all of them, but none that a guard did not take out.
        """
        every: list[Violation] = [record, *record.also]
        for each in every:
            if each.verdict != 'redact' or each.rule is None:
                continue
            for key in each.fields:
                rules = self._key_rules.get(key, (each.rule,))
                if is_matched and all(map(caller.is_same, rules)):
                    continue
                needs = [self._needs(rule, caller) for rule in rules]
                if '' not in needs:
                    left = dict.fromkeys(filter(None, needs))
                    yield Attribute(key, each.rule, ', '.join(left))

    def _needs(self, rule: str, caller: ReplayedCaller) -> str | None:
        """Return None if a list by *rule* is allowed, '' if it is refused.

        It is also refused where the result depends on the server. Otherwise
        return what the result depends on.
        """
        left = caller.now(rule)
        if left is True:
            return '' if rule in self._opaque else None
        if left is False or all(map(needs_server, trees.parts(left))):
            return ''
        return caller.needs(rule)
