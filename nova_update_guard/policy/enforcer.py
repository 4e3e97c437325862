"""Evaluate rules by oslo.policy's own checks, and cache the results."""

import hashlib
import logging
from collections.abc import (
    Callable,
    Collection,
    Mapping,
    MutableMapping,
    Sequence,
)
from types import MappingProxyType
from typing import Any, overload

from oslo_config import cfg
from oslo_policy import policy

from nova_update_guard.bounded_cache import BoundedCache, size_of
from nova_update_guard.conf import remote
from nova_update_guard.layers.constraints import Constraint
from nova_update_guard.policy import budget, targets, trees
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.mistakes import Place

LOG = logging.getLogger(__name__)

Creds = MutableMapping[str, Any]
Document = Mapping[str, Any]
# A server's document, or the function that gets it.
Server = Document | Callable[[], Document]

# The limits of the caches of one process, in bytes: of callers, which has room
# for ten thousand, and of results about servers.
_MAX_CALLERS = 40 * 2**20
_MAX_RESULTS = 4 * 2**20
# The final size of a cached caller, without its credentials: its entries in
# caches, and a result for each text of a rule.
_CALLER_BYTES = 1024
_RESULT_BYTES = 40


def caller_key(creds: Creds) -> bytes:
    """Return what tells callers with *creds* from all others: a SHA-256."""
    return hashlib.sha256(
        repr(creds).encode('utf-8', 'surrogatepass')
    ).digest()


class _NeedsServerError(Exception):
    """The result depends on the server."""


class _NoServer(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        raise _NeedsServerError(name)


class Rules:
    """The rules of one load; *revision* is a hash of the operator's files.

    ``texts``, ``trees`` and *places* are by rule; a rule that no file sets has
    its default, and no place. ``documented`` are the rules with a default,
    ``unrestricted`` those that allow everybody, whatever the server.
    *conf* has oslo.policy's options for remote checks.
    """

    def __init__(
        self,
        checks: Checks,
        revision: str,
        constraints: Sequence[Constraint] = (),
        places: Mapping[str, Place] = MappingProxyType({}),
        conf: cfg.ConfigOpts | None = None,
    ) -> None:
        conf = conf or remote.without_file()
        self.revision = revision
        self.constraints = constraints
        self.texts = checks.texts
        self.trees: Mapping[str, Any] = checks.rules
        self.documented: Collection[str] = checks.documented
        self.extra_attributes = checks.extra_attributes
        self.places = places
        self.readers = _readers(checks)
        self.opaque = checks.opaque
        self.unrestricted = trees.unrestricted(checks.rules)
        # Checks find other rules, and oslo.policy's options, in the enforcer.
        self._enforcer = policy.Enforcer(conf, use_conf=False)
        self._enforcer.conf = budget.Conf(conf)  # type: ignore[assignment]
        self._enforcer.set_rules(checks.rules)
        # A missing rule must raise an error, not fall back to "default".
        self._enforcer.rules.default_rule = None
        self._callers: BoundedCache[bytes, Caller] = BoundedCache(_MAX_CALLERS)
        texts = set(self.texts.values())
        self._caller_bytes = _CALLER_BYTES + _RESULT_BYTES * len(texts)
        # By caller, text of the rule and the values that it names.
        self.results: BoundedCache[tuple[object, ...], bool] = BoundedCache(
            _MAX_RESULTS
        )
        # Rules with a check that has failed.
        self._failed: set[str] = set()

    def caller(self, creds: Creds, key: bytes = b'') -> 'Caller':
        """Return the caller with these *creds*, from the cache if known.

        *key* is their caller_key, if it is known. Call it once for each
        request: remote checks have one timeout from then on.
        """
        if self.opaque:
            budget.begin()
        key = key or caller_key(creds)
        known = self._callers.get(key)
        if known is None:
            known = Caller(self, creds)
            size = size_of(creds) + self._caller_bytes
            self._callers.put(key, known, size)
        return known

    def evaluate(self, rule: str, target: Any, creds: Creds) -> bool:
        """Return the result of *rule*'s check; False if the check fails.

        It is called as oslo.policy calls it: plug-ins take three arguments or
        four, and nova's own ``is_admin`` takes three.
        """
        try:
            return self.call(self._enforcer.rules[rule], target, creds, rule)
        except (_NeedsServerError, targets.UnknownError):
            raise
        except Exception as error:
            # Errors of any kind: a plug-in's, or those of a service that it
            # calls.
            problem = type(error).__name__
        self._log_once(rule, problem)
        return False

    def call(self, check: Any, target: Any, creds: Creds, rule: str) -> bool:
        """Return the result of *check*, a part of *rule*'s tree."""
        return bool(trees.evaluate(check, target, creds, self._enforcer, rule))

    def _log_once(self, rule: str, problem: str) -> None:
        """Log once that a check of *rule* fails, without its arguments."""
        if rule not in self._failed:
            self._failed.add(rule)
            LOG.error(
                '%s: %s: a check failed with %s, so the rule denies. See what '
                'the check refers to',
                *(self.places.get(rule, 'the defaults'), rule, problem),
            )


def _readers(checks: Checks) -> dict[str, dict[str, Callable[..., Any]]]:
    """Return by rule, and by the name of a value, the reader of the value."""
    return {
        rule: {name: targets.reader(name) for name in names}
        for rule, names in checks.names.items()
    }


class Caller:
    """The results of the rules for one caller."""

    __slots__ = ('__weakref__', '_creds', '_results', '_rules', 'constraints')

    def __init__(self, rules: Rules, creds: Creds) -> None:
        self._rules = rules
        # The operator's constraints on values, of the same load.
        self.constraints = rules.constraints
        self._creds = creds
        self._results: dict[str, bool | None] = {}

    @overload
    def authorize(self, rule: str, server: Server) -> bool: ...

    @overload
    def authorize(self, rule: str, server: None = None) -> bool | None: ...

    def authorize(
        self, rule: str, server: Server | None = None
    ) -> bool | None:
        """Return the result of *rule* for the caller and *server*.

        Without a server, None if the result depends on it. *server* may be a
        function: it is called only if the result depends on it. The result is
        False if a value is missing.
        """
        if rule in self._rules.opaque:
            result = None
        else:
            # Rules with the same text have the same result.
            text = self._rules.texts[rule]
            if text not in self._results:
                self._results[text] = self._without_server(rule)
            result = self._results[text]
        if result is None and server is not None:
            document = server() if callable(server) else server
            return self._for_server(rule, document)
        return result

    def _without_server(self, rule: str) -> bool | None:
        try:
            return self._rules.evaluate(rule, _NoServer(), self._creds)
        except _NeedsServerError:
            return None

    def _for_server(self, rule: str, server: Document) -> bool:
        readers = self._rules.readers[rule]
        values = {name: read(server) for name, read in readers.items()}
        if rule in self._rules.opaque:
            everything = targets.everything(server) | values
            with budget.spending():
                return self._evaluate(rule, everything)
        key = (self, self._rules.texts[rule], *values.values())
        result = self._rules.results.get(key)
        if result is None:
            result = self._evaluate(rule, values)
            self._rules.results.put(key, result, size_of(key))
        return result

    def _evaluate(self, rule: str, values: Mapping[str, Any]) -> bool:
        target = targets.Target(values)
        try:
            return self._rules.evaluate(rule, target, self._creds)
        except targets.UnknownError:
            return False
