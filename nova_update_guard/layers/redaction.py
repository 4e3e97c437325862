"""What one caller sees of server documents.

Pure: documents come in with the bytes of their values, and the questions to
policy are passed in. All that does not depend on the server is decided once
per caller and version; per server, only the rules that name the server's
values are asked.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from msgspec import Raw

from nova_update_guard.compute_api import documents, server_attributes
from nova_update_guard.compute_api.documents import Document, Parsed
from nova_update_guard.compute_api.microversions import Version
from nova_update_guard.compute_api.server_attributes import (
    DROP,
    HOST,
    HOST_ID,
    UNLISTED,
    Attribute,
)
from nova_update_guard.layers import keyed_hash
from nova_update_guard.layers.keyed_hash import HostIdHasher
from nova_update_guard.layers.redaction_plan import (
    RedactionPlan,
    RedactionPlans,
    Verdict,
)

# A rule's answer for this caller and this server.
Can = Callable[[str, Mapping[str, Any]], bool]
# By attribute, nested ones with a dot: from how many servers it was taken.
Taken = dict[str, int]

# Values, such as flavors and addresses, of which a process remembers what is
# seen of them, and how many bytes one has at most.
_MAX_SEEN = 4096
_MAX_SEEN_BYTES = 2048


class _Inside(NamedTuple):
    """What was *taken* out of the documents in a *value*, and the rest."""

    taken: set[str]
    value: Any


class View:
    """What one caller sees of one kind of document.

    *rows* are by key of the document, *unruled* keys are always shown, keys
    in *nested* hold documents with a view of their own. *above* is the
    attribute that holds such documents. Who may not see the host gets what
    *keyed* makes of its id, if that is given.
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
        # Those of them out of which nothing is taken.
        self._clean: set[bytes] = set()
        rules = {UNLISTED, *(row.rule for row in rows.values())}
        self._depends = None in map(verdict, rules)
        self.sees_all: bool = all(map(verdict, rules)) and not self._nested

    def redact(self, servers: Iterable[Document], can: Can) -> Taken:
        """Take out of *servers* what is not for this caller.

        Every rule is asked about the server as it came, before any change.
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
        """Take the host's id out of an instance action's *event*.

        Only where host ids are keyed. No server is at hand: a rule that
        depends on one says no.
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
        """Tell whether only what is hidden from all servers is to be taken.

        That is so if the same values inside have been looked into before.
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
        """Redact *document* by a *plan* that depends; name what was taken."""
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
        """Return what is taken out of the documents in *raw*, and the rest.

        The same value comes again and again; unless the answer depends on
        the server, it is the same as well.
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
        """Return the keyed id; nothing where there is none, or no key."""
        raw = document.get(HOST_ID)
        host_id = keyed_hash.text(raw) if self._keyed and raw else ''
        return self._keyed(host_id) if self._keyed and host_id else ''


# What all views have seen, in the order in which it came.
_SEEN: deque[tuple[View, bytes]] = deque()


def _remember(view: View, key: bytes) -> None:
    """Keep in mind that *view* has seen *key*; what came first is forgotten.

    To find out what was used last would cost each look more than is lost by
    looking into a value again.
    """
    _SEEN.append((view, key))
    while len(_SEEN) > _MAX_SEEN:
        oldest, forgotten = _SEEN.popleft()
        oldest._forget(forgotten)


class Viewer(Protocol):
    """Who an answer is for."""

    def view(self, version: Version) -> View:
        """Return what this caller sees of documents at *version*."""

    def can(self, rule: str, server: Mapping[str, Any]) -> bool:
        """Return *rule*'s answer for this caller and *server*."""


def view_at(
    version: Version, verdict: Verdict, keyed: HostIdHasher | None = None
) -> View:
    """Return what a caller with these verdicts sees at *version*."""
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
