"""What one caller sees of server documents.

Pure: documents come in as parsed JSON, and the questions to policy are passed
in. All that does not depend on the server is decided once per caller and
version; per server, only the rules that name the server's values are asked.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from nova_update_guard import visible
from nova_update_guard.microversion import Version
from nova_update_guard.visible import DROP, UNLISTED, Visible

Document = dict[str, Any]

# A rule's answer for this caller whatever the server; None if that depends.
Verdict = Callable[[str], bool | None]
# A rule's answer for this caller and this server.
Can = Callable[[str, Document], bool]

# Distinct sets of keys that a view remembers; nova's answers have a dozen.
_MAX_PLANS = 256


class _Plan(NamedTuple):
    """What to do with every document that has a certain set of keys."""

    hidden: list[tuple[str, object]]
    asked: list[tuple[str, object, str]]
    nested: list[tuple[str, 'View']]


class View:
    """What one caller sees of one kind of document.

    *rows* are by key of the document, *unruled* keys are always shown, keys
    in *nested* hold documents with a view of their own.
    """

    def __init__(
        self,
        rows: Mapping[str, Visible],
        unruled: Collection[str],
        nested: Mapping[str, 'View'],
        verdict: Verdict,
    ) -> None:
        self._rows = rows
        self._unruled = unruled
        self._nested = nested
        self._verdict = verdict
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self.sees_all: bool = all(
            verdict(rule)
            for rule in (UNLISTED, *(row.rule for row in rows.values()))
        ) and all(view.sees_all for view in nested.values())

    def redact(self, server: Document, can: Can) -> int:
        """Take out of *server* what is not for this caller; count it.

        Every rule is asked about the server as it came, before any change.
        """
        changes: list[tuple[Document, str, object]] = []
        self._judge(server, server, can, changes)
        for document, key, value in changes:
            if value is DROP:
                del document[key]
            else:
                document[key] = value
        return len(changes)

    def _judge(
        self,
        document: Document,
        server: Document,
        can: Can,
        changes: list[tuple[Document, str, object]],
    ) -> None:
        keys = tuple(document)
        plan = self._plans.get(keys) or self._plan(keys)
        for key, value in plan.hidden:
            changes.append((document, key, value))
        for key, value, rule in plan.asked:
            if not can(rule, server):
                changes.append((document, key, value))
        for key, view in plan.nested:
            for inner in _documents(document[key], key in visible.LABELLED):
                view._judge(inner, server, can, changes)

    def _plan(self, keys: tuple[str, ...]) -> _Plan:
        """Decide, once for all documents that have just these *keys*."""
        plan = _Plan([], [], [])
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

    def _is_seen_whole(self, key: str) -> bool:
        return key not in self._nested or self._nested[key].sees_all


def view_at(version: Version, verdict: Verdict) -> View:
    """Return what a caller with these verdicts sees at *version*."""
    rows = visible.visible_at(version)
    nested = {
        parent: View(_under(f'{parent}.', rows), keys, {}, verdict)
        for parent, keys in visible.INNER.items()
    }
    own = {name: row for name, row in rows.items() if '.' not in name}
    return View(own, visible.ALWAYS, nested, verdict)


def servers_in(document: object) -> list[Document] | None:
    """Return the servers of nova's answer, or None if it is no such answer.

    Raises ValueError for an answer that holds something like servers where
    they stand, but is none that could be redacted.
    """
    if not isinstance(document, dict):
        return None
    found = [document['server']] if 'server' in document else []
    found += _listed(document['servers']) if 'servers' in document else []
    if all(isinstance(server, dict) for server in found):
        return found if {'server', 'servers'} & document.keys() else None
    if any(isinstance(server, dict | list) for server in found):
        raise ValueError('a server is not a JSON object')
    # A key of that name in a map of texts: extra specs, say.
    return None


def _listed(servers: Any) -> list[Any]:
    # One object where a list belongs is no answer of nova's, so no server.
    if isinstance(servers, dict):
        return [[servers]]
    return servers if isinstance(servers, list) else [servers]


def _under(prefix: str, rows: Mapping[str, Visible]) -> dict[str, Visible]:
    return {
        name.removeprefix(prefix): row
        for name, row in rows.items()
        if name.startswith(prefix)
    }


def _documents(value: Any, labelled: bool) -> Iterator[Document]:
    """Yield the JSON objects in *value*: itself, or those listed in it.

    Under *labelled* ones the lists stand behind labels, as addresses do.
    """
    if labelled and isinstance(value, dict):
        for listed in value.values():
            yield from _documents(listed, labelled=False)
    elif isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (inner for inner in value if isinstance(inner, dict))
