"""Search, by the solver z3, for a caller and a server that two checks differ.

It answers with an example or with a proof that there is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import z3

from nova_update_guard.analysis import domain
from nova_update_guard.analysis.domain import LISTS, Domain, Witness
from nova_update_guard.analysis.formulas import (
    NO,
    NUMBERS,
    YES,
    Formulas,
    either,
)
from nova_update_guard.analysis.nodes import Nodes
from nova_update_guard.policy.targets import Lack, Value

_LACKS = {number: lack for lack, number in NUMBERS.items()}


class UndecidedError(Exception):
    """The solver has found neither an example nor a proof in time."""


class Search:
    """Compares two checks, whose *numbers* in *nodes* are given.

    A single question to the solver takes at most *seconds*.
    """

    def __init__(
        self,
        nodes: Nodes,
        numbers: tuple[int, int],
        known: Domain,
        seconds: float,
    ) -> None:
        old, new = numbers
        self._domain = known
        self._formulas = Formulas(nodes, known)
        self._old = self._formulas.result(old)
        self._new = self._formulas.result(new)
        self._solver = z3.SimpleSolver()
        self._solver.set('timeout', max(1, int(seconds * 1000)))
        self._solver.add(*self._formulas.axioms())
        # To be made small, in this order.
        self._sizes = [
            *(self._lacks(), self._roles(), self._values()),
            self._nones(),
        ]

    def witnesses(self, is_wider: bool) -> Iterator[tuple[Witness, bool]]:
        """Yield callers and servers that may show a difference.

        With each, whether no opaque check is evaluated for it: such a check
        may call another service. The best ones come first. Raises
        UndecidedError.
        """
        less, more = self._old.matches, self._new.matches
        if not is_wider:
            less, more = more, less
        vague = either([self._old.vague, self._new.vague])
        calls = either([self._old.calls, self._new.calls])
        for is_quiet, only, without in (
            (True, YES, either([vague, calls])),
            (True, vague, calls),
            (False, calls, NO),
        ):
            if only is NO:
                continue
            self._solver.push()
            self._solver.add(more, z3.Not(less), only, z3.Not(without))
            model = self._model()
            smallest = None if model is None else self._smallest(model)
            self._solver.pop()
            if smallest is not None:
                yield self._witness(smallest), is_quiet

    def _smallest(self, model: Any) -> Any:
        """Return the smallest model, or the smallest one found in time."""
        for parts in self._sizes:
            while size := sum(_is_true(model, each) for each in parts):
                self._solver.push()
                self._solver.add(_at_most(parts, size - 1))
                try:
                    smaller = self._model()
                except UndecidedError:
                    smaller = None
                self._solver.pop()
                if smaller is None:
                    break
                model = smaller
            self._solver.add(_at_most(parts, size))
        return model

    def _model(self) -> Any:
        """Return a model of what is asserted; None if there is none."""
        found = self._solver.check()
        if found == z3.unknown:
            raise UndecidedError(self._solver.reason_unknown())
        return self._solver.model() if found == z3.sat else None

    def _lacks(self) -> list[Any]:
        """Return that the document lacks values that all servers have."""
        unknown = NUMBERS[Lack.UNKNOWN]
        return [value == unknown for value in self._formulas.server.values()]

    def _roles(self) -> list[Any]:
        return [*self._in_list('roles')]

    def _values(self) -> list[Any]:
        """Return that values are others than ordinary ones."""
        formulas = self._formulas
        named: dict[Any, Any] = {**formulas.credentials, **formulas.server}
        return [
            *(
                value != self._number(self._domain.ordinary[name])
                for name, value in named.items()
            ),
            *self._in_list('service_roles'),
        ]

    def _nones(self) -> list[Any]:
        """Return that credentials are the text None, which is hardly an id."""
        number = self._formulas.numbers.get(str(None))
        credentials = self._formulas.credentials.values()
        return [value == number for value in credentials if number is not None]

    def _number(self, value: Value | None) -> int:
        if isinstance(value, str):
            return self._formulas.numbers[value]
        return NUMBERS[value]

    def _in_list(self, name: str) -> Iterator[Any]:
        """Yield, each once, that texts are in the credential *name*."""
        formulas = self._formulas
        for text in self._domain.members[name]:
            yield formulas.has[name](formulas.numbers[text])
        members = formulas.members[name]
        for at, text in enumerate(members):
            yield z3.And(
                self._has(name, text),
                formulas.is_fresh(text),
                *(text != other for other in members[:at]),
            )

    def _has(self, name: str, text: Any) -> Any:
        has = self._formulas.has[name](text)
        if name != 'roles':
            return has
        return z3.Or(has, self._formulas.has_role(text))

    def _witness(self, model: Any) -> Witness:
        texts = self._texts(model)

        def values(variables: Mapping[Any, Any]) -> dict[Any, Any]:
            return {
                name: texts[_long(model, each)]
                for name, each in variables.items()
            }

        return Witness(
            {name: self._list(name, model, texts) for name in LISTS},
            values(self._formulas.credentials),
            values(self._formulas.server),
        )

    def _list(
        self, name: str, model: Any, texts: Mapping[int, Any]
    ) -> list[str]:
        """Return the texts in the credential *name*."""
        formulas = self._formulas
        has = formulas.has[name]
        found = {
            text: None
            for text in self._domain.members[name]
            if _is_true(model, has(formulas.numbers[text]))
        }
        for term in formulas.members[name]:
            text = texts.get(_long(model, term))
            # None: it is made of values, and the server lacks one of them.
            if text is None or not _is_true(model, formulas.is_fresh(term)):
                continue
            if _is_true(model, has(term)):
                found[text] = None
            elif _is_true(model, self._has(name, term)):
                found[self._spelt(text)] = None
        return [*found]

    def _spelt(self, role: str) -> str:
        """Return *role*, in other case if a check would see the same one."""
        return role.upper() if self._domain.tells_case else role

    def _texts(self, model: Any) -> dict[int, Any]:
        """Return the text, or the lack of it, of each number in *model*."""
        formulas = self._formulas
        texts: dict[int, Any] = {**_LACKS}
        texts |= {number: text for text, number in formulas.numbers.items()}

        def name(number: int) -> None:
            if number not in texts:
                texts[number] = domain.fresh('other', texts.values())

        filled = {
            template: _long(model, whole)
            for template, whole in formulas.filled.items()
        }
        server = {
            keys: _long(model, each) for keys, each in formulas.server.items()
        }
        for number in {*server.values()} - {*filled.values()}:
            name(number)
        for template, number in filled.items():
            values = [server[keys] for keys in template.values]
            for each in values:
                name(each)
            if number not in texts and min(values) >= 0:
                texts[number] = template.filled(
                    *map(texts.__getitem__, values)
                )
        for number in server.values():
            name(number)
        for variable in formulas.credentials.values():
            name(_long(model, variable))
        return texts


def _value(model: Any, formula: Any) -> Any:
    return model.eval(formula, model_completion=True)


def _is_true(model: Any, formula: Any) -> bool:
    return bool(z3.is_true(_value(model, formula)))


def _long(model: Any, number: Any) -> int:
    return int(_value(model, number).as_long())


def _at_most(parts: Sequence[Any], size: int) -> Any:
    return z3.PbLe([(part, 1) for part in parts], size)
