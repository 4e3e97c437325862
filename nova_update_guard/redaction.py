"""What one caller sees of server documents.

Pure: documents come in as parsed JSON, and the questions to policy are passed
in. All that does not depend on the server is decided once per caller and
version; per server, only the rules that name the server's values are asked.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from nova_update_guard import documents, visible
from nova_update_guard.documents import Document
from nova_update_guard.host_ids import Keyed
from nova_update_guard.microversion import Version
from nova_update_guard.visible import DROP, HOST, HOST_ID, UNLISTED, Visible

# A rule's answer for this caller whatever the server; None if that depends.
Verdict = Callable[[str], bool | None]
# A rule's answer for this caller and this server.
Can = Callable[[str, Document], bool]
# What a key of a document will be; DROP for nothing.
Changes = list[tuple[Document, str, object]]

# Distinct sets of keys that a view remembers; nova's answers have a dozen.
_MAX_PLANS = 256


class _Plan(NamedTuple):
    """What to do with every document that has a certain set of keys."""

    hidden: list[tuple[str, object]]
    asked: list[tuple[str, object, str]]
    nested: list[tuple[str, 'View']]
    keyed: bool


class View:
    """What one caller sees of one kind of document.

    *rows* are by key of the document, *unruled* keys are always shown, keys
    in *nested* hold documents with a view of their own. Who may not see the
    host gets what *keyed* makes of its id, if that is given.
    """

    def __init__(
        self,
        rows: Mapping[str, Visible],
        unruled: Collection[str],
        nested: Mapping[str, 'View'],
        verdict: Verdict,
        keyed: Keyed | None = None,
    ) -> None:
        self._rows = rows
        self._unruled = unruled
        self._nested = nested
        self._verdict = verdict
        self._keyed = None if verdict(HOST) else keyed
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self.sees_all: bool = all(
            verdict(rule)
            for rule in (UNLISTED, *(row.rule for row in rows.values()))
        ) and all(view.sees_all for view in nested.values())

    def redact(self, server: Document, can: Can) -> int:
        """Take out of *server* what is not for this caller; count it.

        Every rule is asked about the server as it came, before any change.
        """
        changes: Changes = []
        self._judge(server, server, can, changes)
        for document, key, value in changes:
            if value is DROP:
                del document[key]
            else:
                document[key] = value
        return len(changes)

    def redact_event(self, event: Document) -> int:
        """Take the host's id out of an instance action's *event*; count it.

        Only where host ids are keyed. No server is at hand: a rule that
        depends on one says no.
        """
        host_id = event.get(HOST_ID)
        if not self._keyed or not host_id:
            return 0
        row = self._rows[HOST_ID]
        shown = self._verdict(row.rule)
        event[HOST_ID] = self._keyed(str(host_id)) if shown else row.hidden
        return 1

    def _judge(
        self,
        document: Document,
        server: Document,
        can: Can,
        changes: Changes,
    ) -> None:
        keys = tuple(document)
        plan = self._plans.get(keys) or self._plan(keys)
        if plan.keyed and not self._may_see_host(server, can):
            changes += self._obscured(document)
        for key, value in plan.hidden:
            changes.append((document, key, value))
        for key, value, rule in plan.asked:
            if not can(rule, server):
                changes.append((document, key, value))
        for key, view in plan.nested:
            for inner in documents.inner(
                document[key], key in visible.LABELLED
            ):
                view._judge(inner, server, can, changes)

    def _plan(self, keys: tuple[str, ...]) -> _Plan:
        """Decide, once for all documents that have just these *keys*."""
        plan = _Plan([], [], [], bool(self._keyed) and HOST_ID in keys)
        for key in keys:
            shown, value, rule = self._shown(key)
            if shown is None:
                plan.asked.append((key, value, rule))
            elif not shown:
                plan.hidden.append((key, value))
            if shown is not False and not self._is_seen_whole(key):
                plan.nested.append((key, self._nested[key]))
        if len(self._plans) >= _MAX_PLANS:
            self._plans.clear()
        self._plans[keys] = plan
        return plan

    def _shown(self, key: str) -> tuple[bool | None, object, str]:
        if key in self._unruled:
            return True, DROP, ''
        row = self._rows.get(key)
        rule = row.rule if row else UNLISTED
        return self._verdict(rule), row.hidden if row else DROP, rule

    def _may_see_host(self, server: Document, can: Can) -> bool:
        return self._verdict(HOST) is None and can(HOST, server)

    def _obscured(self, document: Document) -> Changes:
        """Return the keyed id; a rule that hides it altogether comes later."""
        host_id = document[HOST_ID]
        if not self._keyed or not host_id:
            return []
        return [(document, HOST_ID, self._keyed(str(host_id)))]

    def _is_seen_whole(self, key: str) -> bool:
        return key not in self._nested or self._nested[key].sees_all


def view_at(
    version: Version, verdict: Verdict, keyed: Keyed | None = None
) -> View:
    """Return what a caller with these verdicts sees at *version*."""
    rows = visible.visible_at(version)
    nested = {
        parent: View(_under(f'{parent}.', rows), keys, {}, verdict)
        for parent, keys in visible.INNER.items()
    }
    own = {name: row for name, row in rows.items() if '.' not in name}
    return View(own, visible.ALWAYS, nested, verdict, keyed)


def _under(prefix: str, rows: Mapping[str, Visible]) -> dict[str, Visible]:
    return {
        name.removeprefix(prefix): row
        for name, row in rows.items()
        if name.startswith(prefix)
    }
