"""The page of a policy's matrix, in a real Chromium."""

import json

import pytest

from tests.cmd.running import run
from tests.integration import chromium, served_page
from tests.integration.served_page import COMPLAINTS, CONTRAST

pytestmark = pytest.mark.skipif(
    chromium.binary() is None, reason=chromium.INSTALL
)
NAME = 'update_guard:server:update:name'
HOST = 'update_guard:server:show:OS-EXT-SRV-ATTR:host'
# A role has no white space, and is read in lower case.
HOSTILE = (
    'x"><script>document.title="taken"</script>',
    '</style><script>document.title="taken"</script>',
    "<img/src=x/onerror='document.title=1'>",
    "x'/style='display:none",
    '{{7*7}}',
    '<!--',
    '&lt;b&gt;',
    'w' * 255,
)
POLICIES = {
    'defaults': {'context_is_admin': 'role:admin'},
    'usual': {
        NAME: 'rule:context_is_admin or role:member and '
        'project_id:%(project_id)s',
        HOST: 'role:support or https://u:secret@opa/v1?token=t',
    },
    'hostile': {NAME: ' or '.join(f'role:{role}' for role in HOSTILE)},
    'many': {HOST: ' or '.join(f'role:r{number}' for number in range(60))},
}
CELLS = """
Object.fromEntries([...document.querySelectorAll('.matrix')].flatMap(table => {
    const callers = [...table.querySelectorAll('thead th')]
        .slice(1).map(head => head.textContent);
    return [...table.querySelectorAll('tbody tr')].map(row => [
        table.id + ' ' + row.querySelector('summary').textContent,
        Object.fromEntries([...row.querySelectorAll('td')].map(
            (cell, number) => [callers[number], cell.textContent])),
    ]);
}))
"""


@pytest.fixture(scope='module')
def shown(tmp_path_factory):
    with served_page.shown(tmp_path_factory.mktemp('chromium')) as shown:
        yield shown


@pytest.fixture
def page(shown, tmp_path):
    """Return a function that opens the matrix of a policy."""
    file = tmp_path / 'page.html'
    constraints = tmp_path / 'held.json'
    held = [
        {
            'schema': {'maxLength': 9},
            'message': '<b>long</b>',
            'unless': 'role:admin',
        }
    ]
    constraints.write_text(json.dumps({'name': held}))

    def page(name, width=1280):
        matrix('--html', file, policy=POLICIES[name], folder=tmp_path)
        return shown.open(file.read_bytes(), width)

    return page


def matrix(*arguments, policy, folder):
    (folder / 'policy.json').write_text(json.dumps(policy))
    done = run(
        *('policy', 'matrix', '--policy-file', folder / 'policy.json'),
        *('--constraints-file', folder / 'held.json'),
        *arguments,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


any_policy = pytest.mark.parametrize('name', POLICIES)


@any_policy
def test_chromium_has_nothing_to_complain_about(page, shown, name):
    browser = page(name)

    assert browser.reported(*COMPLAINTS) == []
    assert len(browser.reported('Network.requestWillBeSent')) == 1
    assert shown.server.requested == ['/']


@any_policy
def test_the_cells_are_those_of_the_command(page, tmp_path, name):
    visible = page(name).send(CELLS)
    text = matrix('-f', 'json', policy=POLICIES[name], folder=tmp_path)
    rows = json.loads(text)

    for row in rows:
        caller = row.pop('caller')
        if caller.isprintable():
            assert [*row.values()] == [
                cells[caller] for cells in visible.values()
            ]
    assert len(visible) == len(rows[0])


def test_hostile_roles_are_plain_text_on_the_page(page):
    browser = page('hostile')
    heads = browser.send(
        "[...document.querySelector('.matrix').querySelectorAll('thead th')]"
        '.map(head => head.textContent)'
    )

    assert {*HOSTILE} <= {*heads}
    assert browser.send('document.title') == 'Who may change and see what'
    assert browser.send('document.querySelectorAll("script, img").length') == 0
    assert browser.send('document.querySelectorAll("[style]").length') == 0


def test_a_rule_has_its_text_and_place_without_secrets(page, tmp_path):
    browser = page('usual')
    details = browser.send(
        "[...document.querySelectorAll('.matrix details')].map(each => "
        'each.textContent)'
    )
    titles = browser.send(
        "[...document.querySelectorAll('.matrix td')].map(each => each.title)"
    )

    (host,) = [each for each in details if 'opa' in each]
    assert host == (
        'OS-EXT-SRV-ATTR:hostrole:support or https://***@opa/v1?***'
        f'{tmp_path}/policy.json:1'
    )
    assert any(each.endswith('default') for each in details)
    assert all(titles)
    assert 'secret' not in browser.send('document.documentElement.outerHTML')


@any_policy
@pytest.mark.parametrize('width', [1280, 390])
def test_no_page_is_wider_than_the_screen(page, name, width):
    browser = page(name, width)
    for is_open in (False, True):
        browser.send(
            'document.querySelectorAll("details")'
            f'.forEach(each => each.open = {int(is_open)})'
        )

        assert browser.send('innerWidth') == width
        assert browser.send('document.scrollingElement.scrollWidth') <= width


@pytest.mark.parametrize('width', [1280, 390])
def test_rule_and_caller_stay_in_sight(page, width):
    browser = page('many', width)
    places = browser.send("""
        (() => {
            const table = document.querySelector('#may-see');
            const area = table.parentElement;
            const corner = table.querySelector('thead th');
            const row = table.querySelector('tbody tr:last-child th');
            const head = table.querySelector('thead th:last-child');
            area.scrollTo(100000, 100000);
            const [all, left, top, first] = [area, row, head, corner].map(
                each => each.getBoundingClientRect());
            return [
                area.scrollLeft > 0, area.scrollTop > 0,
                left.left - all.left, top.top - all.top,
                first.left - all.left, first.top - all.top,
                left.width < all.width / 2,
            ];
        })()
    """)

    assert places == [True, True, 0, 0, 0, 0, True]


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_every_text_can_be_read_by_day_and_by_night(page, scheme):
    browser = page('usual')
    browser.prefer(scheme)

    assert browser.send(CONTRAST) >= 4.5


def test_a_result_differs_by_more_than_colour(page):
    cells = page('usual').send(CELLS)

    assert cells['may-change name']['member'] == 'if project_id'
    assert (
        cells['may-see OS-EXT-SRV-ATTR:host']['reader'] == 'asks https://opa'
    )
    assert cells['may-see OS-EXT-SRV-ATTR:host']['support'] == 'yes'


def test_every_table_has_headers(page):
    browser = page('usual')

    for nothing in (
        'table:not(:has(thead th[scope="col"]))',
        'tbody tr:not(:has(> th[scope="row"]))',
    ):
        assert (
            browser.send(f"document.querySelectorAll('{nothing}').length") == 0
        )
