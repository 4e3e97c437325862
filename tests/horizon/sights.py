"""What a member sees in Horizon, page by page."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.cloud.cloud import Cloud
from tests.cloud.people import ADMIN
from tests.cloud.servers import RENAMED
from tests.horizon.page import Page
from tests.horizon.visitor import Visit

LIST = '/project/instances/'
DETAIL = f'{LIST}{RENAMED.id}/'
EDIT, REBUILD, RESIZE = (
    f'{DETAIL}{form}' for form in ('update', 'rebuild', 'resize')
)
# By the head of the table's column, what is visited for it.
PAGES = {
    'list': LIST,
    'instance': DETAIL,
    'Edit': EDIT,
    'rename': EDIT,
    'rebuild': REBUILD,
    'resize': RESIZE,
}
_SERVER = f'/servers/{RENAMED.id}'
NEW_NAME = 'renamed-in-horizon'
# They change by themselves, or say all of a row once more.
_PASSING = {'Age', 'csrfmiddlewaretoken'}
_CAUSE = re.compile(r'^[\w.]+(?:Error|Exception)\b.*', re.M)
_LONGEST = 40


class Sight(NamedTuple):
    """What is seen on a page; it is *broken* if nobody can work with it."""

    text: str
    broken: bool = False


OK = Sight('ok')
# By page.
Sights = Mapping[str, Sight]
Values = Mapping[str, str]


class Eyes:
    """Looks at Horizon as a member, and compares with the first time."""

    def __init__(self, cloud: Cloud, visitor: Any, log: Path) -> None:
        self._cloud = cloud
        self._log = log
        self._visitor = visitor
        self._first: dict[str, Values] = {}

    def look(self, tell: Callable[[str], None]) -> Sights:
        """Return what is seen now; *tell* hears of each page before."""
        old_name = {'server': {'name': RENAMED.name}}
        self._cloud.send(ADMIN, 'PUT', _SERVER, old_name)
        return {page: self._look(page, tell) for page in PAGES}

    def _look(self, page: str, tell: Callable[[str], None]) -> Sight:
        tell(page)
        start = self._log.stat().st_size
        visit = self._visitor.get(PAGES[page])
        if page == 'rename' and visit.status == 200:
            visit = self._rename(visit)
        if visit.status >= 500:
            # What else it had to say would stand on the next page.
            self._visitor.get(EDIT)
            return Sight(f'error {visit.status}: {self._cause(start)}', True)
        if page == 'rename':
            return self._renamed(visit)
        return self._compared(page, visit)

    def _rename(self, form: Visit) -> Visit:
        fields = [
            (name, NEW_NAME if name == 'name' else value)
            for name, value in form.page.fields
        ]
        return self._visitor.post(EDIT, fields)

    def _renamed(self, visit: Visit) -> Sight:
        server = self._cloud.send(ADMIN, 'GET', _SERVER).json['server']
        if server['name'] != NEW_NAME:
            return Sight('; '.join(visit.page.alerts) or 'nothing', True)
        return OK

    def _compared(self, page: str, visit: Visit) -> Sight:
        alerts = '; '.join(visit.page.alerts)
        if page == 'list' and not visit.page.rows:
            return Sight(f'empty list: {alerts}', True)
        if visit.path != PAGES[page]:
            return Sight(f'leads back to the list: {alerts}', True)
        values = _values(visit.page)
        first = self._first.setdefault(page, values)
        changed = [
            _change(name, first.get(name), values.get(name))
            for name in {**first, **values}
            if first.get(name) != values.get(name)
        ]
        return Sight('; '.join(filter(None, [alerts, *changed])) or 'ok')

    def _cause(self, start: int) -> str:
        with self._log.open('rb') as log:
            log.seek(start)
            causes = _CAUSE.findall(log.read().decode(errors='replace'))
        return causes[-1] if causes else 'no cause in its log'


def _values(page: Page) -> Values:
    """Return what a page shows of the one server, by name."""
    values = dict(page.fields) | page.facts
    if row := page.rows.get(RENAMED.id):
        # Its first cell is a box to tick, under a head without a name.
        values |= dict(zip(page.heads[-len(row) :], row, strict=False))
    return {
        name: text for name, text in values.items() if name not in _PASSING
    }


def _change(name: str, old: str | None, new: str | None) -> str:
    before, after = _short(old), _short(new)
    return f'{name}: {"changed" if before == after else after}'


def _short(text: str | None) -> str:
    text = text or 'nothing'
    return text if len(text) <= _LONGEST else f'{text[: _LONGEST - 1]}…'
