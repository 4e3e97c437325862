"""nova's own messages: each that names a value of an attribute is known."""

import ast
import functools
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import nova
import pytest
from nova import exception

from nova_update_guard.compute_api import error_texts
from tests.equivalence.error_reasons import NAMES, REASONS

HERE = Path(nova.__file__).parent
# What the API says itself, and the reasons that it is given.
SOURCES = (
    *sorted((HERE / 'api' / 'openstack' / 'compute').glob('*.py')),
    HERE / 'api' / 'openstack' / 'common.py',
    HERE / 'compute' / 'api.py',
    HERE / 'conductor' / 'manager.py',
    HERE / 'conductor' / 'tasks' / 'live_migrate.py',
    HERE / 'conductor' / 'tasks' / 'migrate.py',
)
# The attributes that a message names.
STATES = {
    'vm_state': 'OS-EXT-STS:vm_state',
    'task_state': 'OS-EXT-STS:task_state',
    'power_state': 'OS-EXT-STS:power_state',
}
PLACEHOLDER = re.compile(r'%(?:\((\w+)\))?[sdir]')


def of_classes() -> Iterator[tuple[str, str]]:
    """Yield the name of each exception of nova's with its message."""
    for name, found in vars(exception).items():
        if inspect.isclass(found) and 'msg_fmt' in vars(found):
            yield name, str(found.msg_fmt)


def of_sources() -> Iterator[tuple[str, str]]:
    """Yield the texts in nova's API, each with the name of its module."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                for text in texts_of(node):
                    yield path.stem, text


def texts_of(call: ast.Call) -> Iterator[str]:
    """Yield the literals that *call* translates or makes an error of."""
    name = getattr(call.func, 'id', getattr(call.func, 'attr', ''))
    found = call.args[:1] if name == '_' else []
    found += [
        keyword.value
        for keyword in call.keywords
        if keyword.arg in ('explanation', 'reason')
    ]
    for each in found:
        for node in ast.walk(each):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@functools.cache
def messages() -> tuple[tuple[str, str], ...]:
    """Return each message once, behind where it is from."""
    found = (*of_classes(), *of_sources())
    return tuple(
        dict.fromkeys((name, ' '.join(text.split())) for name, text in found)
    )


def said(text: str, state: str = 'vm_state') -> str:
    """Return *text* as a client reads it, about a *state*."""
    text = text.replace('%(attr)s', state)
    return PLACEHOLDER.sub('7', text)


def told_by(text: str) -> set[str]:
    """Return the attributes of which *text* has values, by its names."""
    names = PLACEHOLDER.findall(text)
    return {NAMES[name] for name in names if name in NAMES}


def has_reason(name: str, text: str) -> bool:
    return any(
        re.match(reason.messages, f'{name}: {text}') for reason in REASONS
    )


def unknown() -> Iterator[tuple[str, str, str]]:
    """Yield messages and the attribute that no row says they tell."""
    for name, text in messages():
        for attribute in told_by(text):
            known = error_texts.attributes_in(said(text))
            if attribute not in known and not (
                attribute in STATES.values() and known
            ):
                yield name, text, attribute


def test_each_message_that_names_a_value_has_a_row_or_a_reason() -> None:
    assert [
        f'{name}: {text} ({attribute})'
        for name, text, attribute in unknown()
        if not has_reason(name, text)
    ] == []


def test_messages_are_found() -> None:
    names = {name for name, _ in messages()}

    assert {'InstanceInvalidState', 'common', 'servers', 'api'} <= names
    assert len(messages()) > 600


@pytest.mark.parametrize('reason', REASONS, ids=lambda reason: reason.messages)
def test_every_reason_is_needed(reason: object) -> None:
    assert any(
        re.match(reason.messages, f'{name}: {text}')
        for name, text, _ in unknown()
    )


def test_every_name_is_one_of_nova() -> None:
    names = {
        name for _, text in messages() for name in PLACEHOLDER.findall(text)
    }

    assert NAMES.keys() - names == set()


@pytest.mark.parametrize(('state', 'attribute'), STATES.items())
def test_a_state_is_told_by_its_own_name(state: str, attribute: str) -> None:
    texts = [text for _, text in messages() if '%(attr)s %(state)s' in text]

    assert len(texts) == 2
    for text in texts:
        assert error_texts.attributes_in(said(text, state)) == [attribute]


@pytest.mark.parametrize('row', error_texts.ERROR_TEXTS, ids=str)
def test_each_row_is_of_a_message_of_nova(row: error_texts.ErrorText) -> None:
    assert any(
        row.is_in(said(text, state))
        for _, text in messages()
        for state in STATES
    )
