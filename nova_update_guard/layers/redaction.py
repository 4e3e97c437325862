"""Redact server documents for one caller.

Pure: documents have the bytes of their values, and policy checks are passed
in. All that does not depend on the server is decided once per caller and
version; per server, only the rules that name the server's values are checked.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from msgspec import Raw

from nova_update_guard.compute_api import documents, server_attributes
from nova_update_guard.compute_api.documents import Document, Parsed
from nova_update_guard.compute_api.server_attributes import (
    DROP,
    HOST,
    HOST_ID,
    UNLISTED,
    Attribute,
)
from nova_update_guard.compute_api.version import Version
from nova_update_guard.layers import keyed_hash
from nova_update_guard.layers.keyed_hash import HostIdHasher
from nova_update_guard.layers.redaction_plan import (
    RedactionPlan,
    RedactionPlans,
    Verdict,
)

# A rule's result for this caller and this server.
Can = Callable[[str, Mapping[str, Any]], bool]
# By attribute, nested ones with a dot: the number of servers it was taken
# from.
Taken = dict[str, int]

# The limits of the cache of redacted values, such as flavors and addresses:
# the number of values in a process, and the bytes of one.
_MAX_SEEN = 4096
_MAX_SEEN_BYTES = 2048


class _Inside(NamedTuple):
    """A *value* with redacted documents, and the attributes *taken* out."""

    taken: set[str]
    value: Any


class View:
    """The redaction of one kind of document for one caller.

    *rows* are by key of the document, *unruled* keys are always shown, keys in
    *nested* hold documents with a view of their own. *above* is the attribute
    that holds such documents. A caller that may not see the host gets the host
    id as hashed by *keyed*, if that is given.
    """

    def __init__(
        self,
        rows: Mapping[str, Attribute],
        unruled: Collection[str],
        nested: Mapping[str, 'View'],
        verdict: Verdict,
        above: str = '',
        keyed: HostIdHasher | None = None,
    ) -> None:
        self._rows = rows
        self._nested = {
            key: view for key, view in nested.items() if not view.sees_all
        }
        self._verdict = verdict
        self._prefix = f'{above}.' if above else ''
        self._labelled = above in server_attributes.KEYED_BY_NETWORK
        self._keyed = None if verdict(HOST) else keyed
        self._plans = RedactionPlans(
            rows, unruled, self._nested, verdict, bool(self._keyed)
        )
        self._seen: dict[bytes, _Inside] = {}
        # Those of them that need no redaction.
        self._clean: set[bytes] = set()
        rules = {UNLISTED, *(row.rule for row in rows.values())}
        self._depends = None in map(verdict, rules)
        self.sees_all: bool = all(map(verdict, rules)) and not self._nested

    def redact(self, servers: Iterable[Document], can: Can) -> Taken:
        """Redact *servers* in place; return the attributes taken, with counts.

        Every rule is checked against the server as nova sent it, before any
        change.
        """
        taken: Taken = {}
        used: dict[RedactionPlan, int] = {}
        for server in servers:
            plan = self._plans[tuple(server)]
            used[plan] = used.get(plan, 0) + 1
            if plan.depends and not self._is_clean(plan, server):
                found = self._depending(plan, server, Parsed(server), can)
                for name in found:
                    taken[name] = taken.get(name, 0) + 1
            else:
                _change(server, plan.hidden)
        for plan, count in used.items():
            for key, _ in plan.hidden:
                taken[key] = taken.get(key, 0) + count
        return taken

    def redact_event(self, event: Document) -> bool:
        """Hash or hide the host id in *event*, of an instance action.

        Return whether it was changed. Does nothing unless host ids are hashed
        by a key. There is no server document: a rule that depends on one
        denies.
        """
        keyed = self._obscured(event)
        if not keyed:
            return False
        row = self._rows[HOST_ID]
        _change(
            event,
            [(HOST_ID, keyed if self._verdict(row.rule) else row.hidden)],
        )
        return True

    def _is_clean(self, plan: RedactionPlan, document: Document) -> bool:
        """Return whether only the plan's hidden keys need redaction.

        That is so if the same nested values have been inspected before.
        """
        if plan.asked or plan.keyed:
            return False
        for key in plan.nested:
            if bytes(document[key]) not in self._nested[key]._clean:
                return False
        return True

    def _depending(
        self, plan: RedactionPlan, document: Document, server: Parsed, can: Can
    ) -> set[str]:
        """Redact *document* by a *plan* that depends on the server.

        Return the attributes taken, without those that the plan always hides.
        """
        changes: Document = {}
        if plan.keyed and not self._may_see_host(server, can):
            keyed = self._obscured(document)
            changes |= {HOST_ID: keyed} if keyed else {}
        for key, value, rule in plan.asked:
            if not can(rule, server):
                changes[key] = value
        taken = {f'{self._prefix}{key}' for key in changes}
        for key in plan.nested:
            if key not in changes:
                view = self._nested[key]
                inside = view._inside(document[key], server, can)
                if inside.taken:
                    changes[key] = inside.value
                    taken |= inside.taken
        _change(document, plan.hidden)
        _change(document, changes.items())
        return taken

    def _inside(self, raw: Raw, server: Parsed, can: Can) -> '_Inside':
        """Return *raw* with its documents redacted, and the attributes taken.

        The same value occurs again and again; unless a rule depends on the
        server, the result is the same as well.
        """
        if self._depends or len(memoryview(raw)) > _MAX_SEEN_BYTES:
            return self._looked_into(raw, server, can)
        key = bytes(raw)
        inside = self._seen.get(key)
        if inside is None:
            found = self._looked_into(Raw(key), server, can)
            written = Raw(documents.written(found.value))
            inside = self._seen[key] = _Inside(found.taken, written)
            if not found.taken:
                self._clean.add(key)
            _remember(self, key)
        return inside

    def _forget(self, key: bytes) -> None:
        self._seen.pop(key, None)
        self._clean.discard(key)

    def _looked_into(self, raw: Raw, server: Parsed, can: Can) -> '_Inside':
        value = documents.opened(raw, self._labelled)
        taken: set[str] = set()
        for document in documents.inner(value, self._labelled):
            plan = self._plans[tuple(document)]
            taken.update(f'{self._prefix}{key}' for key, _ in plan.hidden)
            taken |= self._depending(plan, document, server, can)
        return _Inside(taken, value)

    def _may_see_host(self, server: Parsed, can: Can) -> bool:
        return self._verdict(HOST) is None and can(HOST, server)

    def _obscured(self, document: Document) -> str:
        """Return the host id's keyed hash; '' without a host id or a key."""
        raw = document.get(HOST_ID)
        host_id = keyed_hash.text(raw) if self._keyed and raw else ''
        return self._keyed(host_id) if self._keyed and host_id else ''


# The cached values of all views, the oldest first.
_SEEN: deque[tuple[View, bytes]] = deque()


def _remember(view: View, key: bytes) -> None:
    """Record that *view* has cached *key*, and drop the oldest of too many.

    Tracking the last use would cost more at each access than redacting a value
    again.
    """
    _SEEN.append((view, key))
    while len(_SEEN) > _MAX_SEEN:
        oldest, forgotten = _SEEN.popleft()
        oldest._forget(forgotten)


class Viewer(Protocol):
    """The caller that a response is for."""

    def view(self, version: Version) -> View:
        """Return the view of documents at *version* for this caller."""

    def can(self, rule: str, server: Mapping[str, Any]) -> bool:
        """Return the result of *rule* for this caller and *server*."""


def view_at(
    version: Version, verdict: Verdict, keyed: HostIdHasher | None = None
) -> View:
    """Return the view at *version* for callers with these verdicts."""
    rows = server_attributes.attributes_at(version)
    nested = {
        parent: View(_under(f'{parent}.', rows), keys, {}, verdict, parent)
        for parent, keys in server_attributes.NESTED_KEYS.items()
    }
    own = {name: row for name, row in rows.items() if '.' not in name}
    return View(own, server_attributes.UNRULED, nested, verdict, keyed=keyed)


def _change(document: Document, changes: Iterable[tuple[str, object]]) -> None:
    for key, value in changes:
        if value is DROP:
            del document[key]
        else:
            document[key] = value


def _under(prefix: str, rows: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {
        name.removeprefix(prefix): row
        for name, row in rows.items()
        if name.startswith(prefix)
    }
