"""Check the pipelines of the paste file that the filter was loaded from.

Paste itself reads the file, and says what it would load; nothing is imported.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from paste.deploy import loadwsgi

from nova_update_guard.layers.modes import LAYERS

# nova's app, and the proxy to it.
_NOVA = 'APIRouterV21'
_APPS = (_NOVA, 'nova_proxy')
_GUARDS = ('update_guard', *LAYERS)
_PACKAGE = 'nova_update_guard'
# The apps that nova and the proxy load.
_ROOTS = ('osapi_compute', 'main')
_ENTRIES = ('pipeline:', 'composite:', 'composit:', 'filter-app:')

_MISSING = (
    'ends in nova without a filter of nova_update_guard: its requests are '
    'not guarded'
)
_MISPLACED = (
    'has {} between nova_update_guard and nova: move the guard last, right '
    'before the app'
)
_STRANGERS = (
    'has {} after nova_update_guard: requests reach the guard without a '
    'verified identity and get 401. Move the guard after it'
)
# The filters that verify callers, by their names in nova's file and ours, or
# by what they are.
_VERIFIES = ('authtoken', 'keystonecontext', 'auth_token', 'KeystoneContext')


class Part(NamedTuple):
    """A filter or an app with its *name*, and the *factory* that makes it."""

    name: str
    factory: str


class Pipeline(NamedTuple):
    """The filters that requests pass, in order; *section* lists the app."""

    section: str
    filters: tuple[Part, ...]
    app: Part


def problems(path: str) -> list[tuple[str, str]]:
    """Return the pipelines to nova without the guard in the right place.

    Each with its problem. Raises errors of any kind for a file that Paste
    cannot load.
    """
    found: dict[tuple[str, str], None] = {}
    for pipeline in pipelines(path):
        if any(word in pipeline.app.factory for word in _APPS):
            for problem in _problems(pipeline.filters):
                found[pipeline.section, problem] = None
    return [*found]


def ends_in_nova(path: str) -> bool:
    """Check whether the file has nova's app. Raises as problems() does."""
    return any(_NOVA in each.app.factory for each in pipelines(path))


def pipelines(path: str) -> Iterator[Pipeline]:
    """Yield the pipelines that nova, or the proxy, would load from *path*.

    Raises errors of any kind for a file that Paste cannot load.
    """
    loader = _Loader(path)
    sections = loader.parser.sections()
    names = {
        section.partition(':')[2].strip(): section for section in sections
    }
    roots = [name for name in _ROOTS if name in names] or [
        name for name, at in names.items() if at.startswith(_ENTRIES)
    ]
    for name in roots:
        for found in _walk(loader.app_context(name)):
            alone = names.get(found.app.name, found.app.name)
            yield found._replace(section=found.section or alone)


def _problems(filters: tuple[Part, ...]) -> Iterator[str]:
    ours = [at for at, part in enumerate(filters) if _is_guard(part)]
    if not ours:
        yield _MISSING
    elif between := filters[ours[-1] + 1 :]:
        yield _MISPLACED.format(', '.join(part.name for part in between))
        late = [part.name for part in between if _verifies(part)]
        if late:
            yield _STRANGERS.format(', '.join(late))


def _is_guard(part: Part) -> bool:
    name = re.split('[:#]', part.factory)[-1]
    return _PACKAGE in part.factory and name in _GUARDS


def _verifies(part: Part) -> bool:
    return any(
        word in text
        for word in _VERIFIES
        for text in (part.name, part.factory)
    )


class _Loader(loadwsgi.ConfigLoader):  # type: ignore[misc]
    """Paste's loader, with names where it would import factories."""

    def get_context(
        self, object_type: Any, name: Any = None, global_conf: Any = None
    ) -> Any:
        """Return what Paste would load as *name*."""
        if not self.absolute_name(name):
            context = super().get_context(object_type, name, global_conf)
            section = self.find_config_section(object_type, name)
            return _named(context, name, section)
        scheme, _, rest = name.partition(':')
        if scheme.lower() == 'config':
            context = self._other(object_type, rest, global_conf)
        else:
            context = self._made(object_type, name, global_conf)
        return _named(context, name, name)

    def _other(self, object_type: Any, rest: str, global_conf: Any) -> Any:
        """Return what another file has. Source: Paste's ``_loadconfig``."""
        path, _, name = rest.partition('#')
        loader = _Loader(str(Path(self.filename).parent / unquote(path)))
        loader.update_defaults(global_conf or {}, overwrite=False)
        return loader.get_context(object_type, name or 'main', global_conf)

    def _context_from_explicit(
        self,
        object_type: Any,
        local_conf: dict[str, str],
        global_conf: dict[str, str],
        *_: Any,
    ) -> Any:
        for key in loadwsgi._flatten(object_type.egg_protocols):
            if key in local_conf:
                factory = local_conf.pop(key)
                made = self._made(object_type, factory, global_conf)
                made.local_conf.update(local_conf)
                return made
        raise LookupError(f'no factory among {", ".join(local_conf)}')

    def _made(self, object_type: Any, factory: str, global_conf: Any) -> Any:
        made = loadwsgi.LoaderContext(
            factory, object_type, '', global_conf or {}, {}, self
        )
        return _named(made, factory, factory)


def _named(context: Any, name: str, section: str) -> Any:
    context.name = name
    context.section = section
    if context.object_type is loadwsgi.FILTER_WITH:
        _named(context.next_context, name, section)
    return context


def _walk(context: Any) -> Iterator[Pipeline]:
    """Yield the pipelines of an app, without a section for a single app."""
    match context.object_type:
        case loadwsgi.PIPELINE:
            yield from _behind(
                context.filter_contexts, context.app_context, context.section
            )
        case loadwsgi.FILTER_APP:
            yield from _behind(
                [context.filter_context], context.next_context, context.section
            )
        case loadwsgi.FILTER_WITH:
            yield from _behind([context.filter_context], context.next_context)
        case _:
            yield from _composed(context)


def _composed(context: Any) -> Iterator[Pipeline]:
    """Yield the pipelines of an app that a factory makes of others.

    Source: ``nova.api.auth``, and the ``urlmap_factory`` of nova and of Paste.
    """
    load = context.loader
    match re.split('[:#]', context.object)[-1]:
        case 'pipeline_factory_v21':
            *filters, app = context.local_conf[_strategy()].split()
            contexts = [load.filter_context(name) for name in filters]
            yield from _behind(
                contexts, load.app_context(app), context.section
            )
        case 'urlmap_factory' | 'urlmap':
            for name in context.local_conf.values():
                yield from _walk(load.app_context(name, context.global_conf))
        case _:
            yield Pipeline('', (), Part(context.name, context.object))


def _behind(
    filters: Iterable[Any], app: Any, section: str = ''
) -> Iterator[Pipeline]:
    outer = tuple(part for each in filters for part in _parts(each))
    for inner in _walk(app):
        yield Pipeline(
            inner.section or section, outer + inner.filters, inner.app
        )


def _parts(context: Any) -> Iterator[Part]:
    """Yield the parts of a filter, which may itself have a filter."""
    if context.object_type is loadwsgi.FILTER_WITH:
        yield from _parts(context.filter_context)
        yield from _parts(context.next_context)
    else:
        yield Part(context.name, context.object)


def _strategy() -> str:
    """Return the key that nova's pipelines have in this process.

    Novas that still have the option take its value; nova 34 has one key.
    """
    nova = getattr(sys.modules.get('nova.conf'), 'CONF', None)
    chosen: str = getattr(
        getattr(nova, 'api', None), 'auth_strategy', 'keystone'
    )
    return chosen
