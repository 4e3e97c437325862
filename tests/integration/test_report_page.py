"""The page of a report, in a real Chromium."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from nova_update_guard.report.cells import plain
from tests.bench import records
from tests.decisions import allowed, further, line, record, redacted
from tests.integration import chromium, served_page
from tests.integration.served_page import COMPLAINTS, CONTRAST

pytestmark = pytest.mark.skipif(
    chromium.binary() is None, reason=chromium.INSTALL
)
COMMAND = Path(sys.executable).with_name('nova-update-guard')
HOSTILE = (
    '"><script>document.title = "taken"</script>',
    '</style><script>document.title = "taken"</script>',
    '</title><img src=x onerror=\'document.title = "taken"\'>',
    'javascript:document.title="taken"',
    '<img src=http://elsewhere.example/image>',
    "' style='background: url(http://elsewhere.example/style)",
    '<!--',
    '&lt;b&gt;',
    '{{ 7 * 7 }}',
    '\u202egnp.exe',
    '\x1b[31m',
    'a\0b',
    'W' * 255,
    '',
)


def carried_out(text):
    """Return a line of records; nova has carried out what audit let pass."""
    found = json.loads(text)
    if found['mode'] == 'audit':
        found['status'] = 200
    return line(found) + b'\n'


LARGE = b''.join(map(carried_out, records.lines(4000)))
SMALL = b'\n'.join(
    line(each)
    for each in (
        record(also=[further()]),
        record(client=None, fields=['name', 'hostname']),
        record(mode='enforce'),
        redacted('hostId', 'fault.details', sample=0.1),
        redacted('hostId', mode='audit'),
        allowed(),
    )
)
# A policy that gives and takes: its replay has requests of every kind.
NEW = """
update_guard:server:show:hostId: "@"
update_guard:server:update:hostname: rule:context_is_admin
update_guard:server:update:name: user_id:%(user_id)s
"""
# The names and counts in the rows of a table.
ROWS = """
[...document.querySelectorAll('#by-%s tbody tr')].map(row => [
    row.querySelector('.name').textContent,
    ...[...row.querySelectorAll('td')].map(cell => cell.textContent),
])
"""


@pytest.fixture(scope='module')
def shown(tmp_path_factory):
    with served_page.shown(tmp_path_factory.mktemp('chromium')) as shown:
        yield shown


@pytest.fixture
def server(shown):
    return shown.server


@pytest.fixture
def page(shown, tmp_path):
    """Return a function that opens the page of records in the browser."""
    file = tmp_path / 'page.html'

    policy = tmp_path / 'policy.yaml'
    policy.write_text(NEW)

    names = tmp_path / 'names.json'
    names.write_text(
        json.dumps([{'ID': name, 'Name': name[::-1]} for name in HOSTILE])
    )

    def page(text, width=1280, command=('report',), named=False):
        more = ('--policy-file', policy) if command != ('report',) else ()
        more += ('--names', names) if named else ()
        run(*command, *more, '--html', file, stdin=text)
        return shown.open(file.read_bytes(), width)

    return page


def report(*arguments, stdin):
    return run('report', *arguments, stdin=stdin)


def run(*arguments, stdin):
    return subprocess.run(
        [COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        check=True,
    ).stdout


def rows(name, text):
    return json.loads(report('--by', name, '-f', 'json', stdin=text))


def hostile(**more):
    return b'\n'.join(
        line(
            record(
                client=name,
                project_id=name,
                user_id=name,
                fields=[name],
                rule=name,
                revision=name,
                **more,
            )
        )
        for name in HOSTILE
    )


PAGES = {
    'large': LARGE,
    'small': SMALL,
    'hostile': hostile(),
    'one': line(record()),
    'allowed': line(allowed()),
    'none': b'other line\n',
}


@pytest.fixture(params=[*PAGES, 'replay', 'named'])
def any_page(page, request):
    """Return a function that opens a page so many pixels wide."""
    if request.param == 'replay':
        return partial(page, LARGE, command=('policy', 'replay'))
    if request.param == 'named':
        return partial(page, hostile(), named=True)
    return partial(page, PAGES[request.param])


def test_chromium_has_nothing_to_complain_about(any_page):
    assert any_page().reported(*COMPLAINTS) == []


def test_the_page_loads_nothing_else(any_page, server):
    browser = any_page()
    requested = browser.reported('Network.requestWillBeSent')

    assert len(requested) == 1
    assert server.requested == ['/']


def test_hostile_names_are_plain_text_on_the_page(page):
    browser = page(hostile())
    names = browser.send(
        '[...document.querySelectorAll("#by-client .name")]'
        '.map(name => name.textContent)'
    )
    escaped = {'\u202egnp.exe': r'\u202egnp.exe', '\x1b[31m': r'\x1b[31m'}
    escaped |= {'a\0b': r'a\x00b', '': '""'}

    assert sorted(names) == sorted(escaped.get(n, n) for n in HOSTILE)
    assert browser.send('document.title') == 'Who would break'
    assert browser.send('document.querySelectorAll("script, img").length') == 0
    assert browser.send('document.querySelectorAll("[style]").length') == 0


def test_hostile_names_beside_ids_are_plain_text_on_the_page(page):
    browser = page(hostile(), named=True)
    pairs = browser.send("""
        [...document.querySelectorAll('#by-user tbody th')].map(cell =>
            ['.name', '.beside'].map(
                part => cell.querySelector(part).textContent))
    """)

    assert len(pairs) == len(HOSTILE)
    assert sorted(pairs) == sorted(
        [plain(name), plain(name[::-1])] for name in HOSTILE
    )
    assert browser.send('document.title') == 'Who would break'
    assert browser.send('document.querySelectorAll("script, img").length') == 0


def test_injected_code_could_not_run(page, server):
    browser = page(SMALL)
    browser.send("""
        const script = document.createElement('script');
        script.textContent = 'document.title = "taken"';
        document.body.append(script);
        document.body.setAttribute('style', 'display: none');
        new Promise(done => {
            const image = document.createElement('img');
            image.onload = image.onerror = done;
            image.src = '/image';
            document.body.append(image);
        }).then(() => null)
    """)

    assert browser.send('document.title') == 'Who would break'
    assert browser.send('getComputedStyle(document.body).display') == 'block'
    assert server.requested == ['/']


@pytest.mark.parametrize('text', [LARGE, SMALL], ids=['large', 'small'])
@pytest.mark.parametrize(
    'name', ['client', 'project', 'user', 'field', 'rule', 'layer']
)
def test_the_numbers_are_those_of_the_table(page, text, name):
    visible = page(text).send(ROWS % name)
    found = rows(name, text)
    kinds = [
        kind
        for kind in (
            'refused',
            'would_be_refused',
            'redacted',
            'would_be_redacted',
        )
        if any(row[kind] for row in found)
    ]
    expected = [
        [row[name] or '(none)', *(f'{row[kind]:,}' for kind in kinds)]
        for row in found[:15]
    ]
    if found[15:]:
        sums = [sum(row[kind] for row in found[15:]) for kind in kinds]
        expected.append([f'{len(found) - 15} more', *map('{:,}'.format, sums)])

    assert visible == expected


def test_the_totals_are_those_of_the_records(page):
    tiles = page(SMALL).send("""
        Object.fromEntries([...document.querySelectorAll('.tiles div')].map(
            tile => [...tile.children].map(part => part.textContent.trim())))
    """)

    assert tiles == {
        'requests': 'about 114',
        'allowed': 'about 100',
        'refused': '1',
        'would be refused': '2',
        'redacted': 'about 10',
        'would be redacted': '1',
    }


def test_the_chart_agrees_with_its_table(page):
    browser = page(LARGE)
    spans, cells = (
        browser.send(script)
        for script in (
            "[...document.querySelector('.chart').querySelectorAll("
            "'.span title')].map(title => title.textContent)",
            "[...document.querySelectorAll('.times tbody tr')].map(row =>"
            '[...row.children].map(cell => cell.textContent))',
        )
    )

    assert len(spans) == len(cells) > 50
    kinds = ('refused', 'would be refused', 'redacted')
    for title, (start, *counts) in zip(spans, cells, strict=True):
        reported = ', '.join(
            f'{count} {kind}'
            for count, kind in zip(counts, kinds, strict=True)
            if count != '0'
        )
        assert title == f'{start}: {reported}'


def test_clients_and_fields_are_crossed(page):
    browser = page(SMALL)
    table = browser.send(
        "[...document.querySelectorAll('.cross tr')].map(row =>"
        '[...row.children].map(cell => cell.textContent))'
    )

    assert table == [
        ['client', 'name', 'hostname'],
        ['(none)', '1', '1'],
        ['python-novaclient', '1', ''],
    ]


@pytest.mark.parametrize('width', [1280, 390])
def test_no_page_is_wider_than_the_screen(any_page, width):
    browser = any_page(width)
    browser.send(
        'document.querySelectorAll("details").forEach(d => d.open = 1)'
    )

    assert browser.send('innerWidth') == width
    assert browser.send('document.scrollingElement.scrollWidth') <= width


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_every_text_can_be_read_by_day_and_by_night(page, scheme):
    browser = page(LARGE)
    browser.prefer(scheme)

    assert browser.send(CONTRAST) >= 4.5


def test_the_page_follows_the_colour_scheme_and_prints_light(
    page,
):
    browser = page(SMALL)
    background = 'getComputedStyle(document.body).backgroundColor'
    light = browser.send(background)
    browser.prefer('dark')
    dark = browser.send(background)
    browser.prefer('dark', 'print')

    assert light == 'rgb(255, 255, 255)' == browser.send(background)
    assert dark != light


def test_kinds_differ_by_more_than_colour(page):
    fills = page(SMALL).send(
        '[0, 1, 2, 3].map(kind => getComputedStyle('
        'document.querySelector(`.bar .kind-${kind}`)).fill.slice(0, 4))'
    )

    assert fills == ['rgb(', 'url(', 'rgb(', 'url(']


def test_every_table_has_headers_and_every_mark_a_title(page):
    browser = page(LARGE)

    for nothing in (
        'table:not(:has(thead th[scope="col"]))',
        'tbody tr:not(:has(> th[scope="row"]))',
        '.bar:not(:has(> title))',
        '.span:not(:has(> title))',
    ):
        assert (
            browser.send(f"document.querySelectorAll('{nothing}').length") == 0
        )


def test_the_page_of_no_records_counts_the_other_lines(page):
    text = page(PAGES['none']).send('document.body.innerText')

    assert 'There are no records.' in text
    assert '1 line of the log held no record' in text
