"""What a user reads on a page of Horizon's: messages, rows, facts, a form."""

import re
from html.parser import HTMLParser

_SPACES = re.compile(r'\s+')
_ALERT = re.compile(r'\balert alert-(danger|success|info|warning)\b')
# What every page carries for browsers without JavaScript.
_ALWAYS = 'javascript-disabled'
Attributes = list[tuple[str, str | None]]


class Page(HTMLParser):
    """A page.

    alerts   the texts of messages
    heads    the names of the columns of the table
    rows     by the id of a server, the texts of its cells
    facts    the terms of a server's page, and what stands beside them
    fields   what the page's forms would send as they are
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.alerts: list[str] = []
        self.heads: list[str] = []
        self.rows: dict[str, list[str]] = {}
        self.facts: dict[str, str] = {}
        self.fields: list[tuple[str, str]] = []
        self._texts: list[tuple[str, str, list[str]]] = []
        self._row: list[str] | None = None
        self._term = ''
        self._select = ''
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Begin an element: one of those that are read collects its text."""
        of = {name: value or '' for name, value in attrs}
        style = of.get('class', '')
        if tag == 'div' and _ALERT.search(style) and _ALWAYS not in style:
            self._texts.append((tag, 'alert', []))
        elif tag == 'div' and self._texts and self._texts[-1][0] == 'div':
            self._texts.append((tag, 'part', self._texts[-1][2]))
        elif tag in ('th', 'td', 'dt', 'dd'):
            self._texts.append((tag, tag, []))
        elif tag == 'textarea':
            self._texts.append((tag, of.get('name', ''), []))
        elif tag == 'tr':
            self._begin_row(of.get('data-object-id', ''))
        else:
            self._begin_field(tag, of)

    def _begin_row(self, server: str) -> None:
        self._row = self.rows.setdefault(server, []) if server else None

    def _begin_field(self, tag: str, of: dict[str, str]) -> None:
        if tag == 'select':
            self._select = of.get('name', '')
        elif tag == 'option' and 'selected' in of:
            self.fields.append((self._select, of.get('value', '')))
        elif tag == 'input' and of.get('type') in ('text', 'hidden'):
            self.fields.append((of.get('name', ''), of.get('value', '')))

    def handle_data(self, data: str) -> None:
        """Collect text, but no scripts."""
        if self._texts and not self.cdata_elem:
            self._texts[-1][2].append(data)

    def handle_endtag(self, tag: str) -> None:
        """End an element: its text is a message, a cell, a fact or a field."""
        if not self._texts or self._texts[-1][0] != tag:
            return
        _, kind, parts = self._texts.pop()
        text = _SPACES.sub(' ', ''.join(parts)).strip()
        if kind == 'alert':
            self.alerts.append(text.replace(' Details ', ': ', 1))
        elif tag == 'textarea':
            # A browser leaves out the newline with which it begins.
            value = ''.join(parts).replace('\r\n', '\n').removeprefix('\n')
            self.fields.append((kind, value))
        elif kind == 'th':
            self.heads.append(text)
        elif kind == 'dt':
            self._term = text
        elif kind == 'dd':
            self.facts[self._term] = text
        elif kind == 'td' and self._row is not None:
            self._row.append(text)
