import json
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nova_update_guard.report import findings, names, page, words
from nova_update_guard.report.cells import plain
from nova_update_guard.report.grouping import OTHERS
from nova_update_guard.report.names import MOST_LETTERS, NO_NAMES, Names
from nova_update_guard.report.tally import Lines, Tally
from nova_update_guard.report.words import REPORT
from tests.decisions import line, record

ANY_TEXT = st.text(st.characters(exclude_categories=()))
GARDEN = Names({'project': {'p1': 'garden'}, 'user': {'u1': 'ada'}})


def tally(*documents, groupings=(('client', 'project', 'user'),)):
    counted = Tally([*groupings, *page.groupings(REPORT)])
    for document in documents:
        counted.count(findings.read(line(document)))
    return counted


class Parsed(HTMLParser):
    """What a browser sees: tags with attributes, and texts by class."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.beside = []
        self._is_beside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))
        self._is_beside = ('class', 'beside') in attrs
        if self._is_beside:
            self.beside.append('')

    def handle_endtag(self, tag):
        self.tags.append((tag, None))
        self._is_beside = False

    def handle_data(self, data):
        if self._is_beside:
            self.beside[-1] += data


def test_a_column_of_names_comes_after_each_of_ids():
    assert GARDEN.columns(['user', 'client', 'project']) == [
        *('user', 'user_name', 'client', 'project', 'project_name')
    ]
    assert GARDEN.values(
        ['user', 'client', 'project'], ['u1', 'sdk', 'p1']
    ) == ['u1', 'ada', 'sdk', 'p1', 'garden']


def test_without_names_nothing_is_added():
    assert NO_NAMES.columns(['project', 'user']) == ['project', 'user']
    assert NO_NAMES.values(['project'], ['p1']) == ['p1']
    assert NO_NAMES.name('project', 'p1') is None
    assert NO_NAMES.unnamed(tally(record()).groupings.values()) == {}


@pytest.mark.parametrize('value', ['p2', None, OTHERS])
def test_what_has_no_name_stays_as_it_is(value):
    assert GARDEN.values(['project'], [value]) == [value, None]


def test_a_project_is_not_known_by_the_name_of_a_user():
    assert GARDEN.name('project', 'u1') is None
    assert GARDEN.name('client', 'u1') is None


def test_ids_without_a_name_are_counted_once():
    counted = tally(
        record(project_id='p1', user_id='u1'),
        record(project_id='p1', user_id='u2'),
        record(project_id=None, user_id='u3'),
    )

    assert GARDEN.unnamed(counted.groupings.values()) == {
        'project': 0,
        'user': 2,
    }
    assert words.notes(counted, Lines(records=3), GARDEN) == [
        'The name of 2 users is not known.'
    ]


def test_a_sum_of_others_has_no_name_to_be_missed():
    counted = Tally([('user',)], most=2)
    for number in range(9):
        counted.count(findings.read(line(record(user_id=f'{number}'))))
    grouping = counted.groupings['user',]
    known = {key: 'a' for (key,), _ in grouping.groups()}

    assert Names({'user': known}).unnamed([grouping]) == {'user': 0}


def test_the_output_of_openstack_is_read():
    text = json.dumps(
        [
            {'ID': 'p1', 'Name': 'garden', 'Domain ID': 'default'},
            {'ID': 'p2', 'Name': 'garden'},
        ]
    )

    assert names.listed(text.encode()) == {'p1': 'garden', 'p2': 'garden'}
    assert names.listed(b'[]') == {}
    assert names.listed(b'\xef\xbb\xbf[]') == {}


@pytest.mark.parametrize(
    'text',
    [
        b'',
        b'{}',
        b'{"p1": "garden"}',
        b'[{"ID": "p1"}]',
        b'[{"Name": "garden"}]',
        b'[{"ID": 1, "Name": "garden"}]',
        b'[{"ID": "p1", "Name": null}]',
        b'ID,Name\np1,garden\n',
        b'\xff',
        b'[' * 100_000,
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r'.'):
        names.listed(text)


@given(st.binary() | st.text().map(str.encode))
def test_whatever_is_in_a_file_it_is_read_or_refused(text):
    for read in (names.listed, names.kept):
        try:
            found = read(text)
        except ValueError:
            continue
        assert isinstance(found, dict)


def test_the_last_name_of_an_id_counts():
    assert names.known([('p1', 'old'), ('p1', 'new')]) == {'p1': 'new'}


@pytest.mark.parametrize('letters', [MOST_LETTERS - 1, MOST_LETTERS])
def test_a_name_of_a_usual_length_is_whole(letters):
    assert names.known([('p1', 'x' * letters)]) == {'p1': 'x' * letters}


@given(ANY_TEXT, st.integers(0, 2))
@example('\ud800', 0)
def test_a_long_name_is_cut_and_can_be_encoded(text, times):
    name = names.known([('p1', text + 'x' * MOST_LETTERS * times)])['p1']

    assert len(name) <= MOST_LETTERS
    assert name.endswith('…') or times == 0 or not text
    assert name.encode().decode() == name


@given(st.dictionaries(st.text(), ANY_TEXT))
def test_names_that_are_kept_are_read_again(found):
    clean = names.known(found.items())
    kept = {'project': clean, 'user': {}}

    assert names.kept(names.keep(kept).encode()) == kept


def test_only_ids_and_names_of_projects_and_users_are_kept():
    more = {**GARDEN.known, 'token': {'gAAAA': 'secret'}}

    assert json.loads(names.keep(more)) == GARDEN.known


def test_names_are_keys_of_their_own_in_json():
    rows = words.data(tally(record()), Lines(), REPORT, GARDEN)['by']

    assert list(rows['client,project,user'][0])[:5] == [
        *('client', 'project', 'project_name', 'user', 'user_name')
    ]
    assert rows['project'][0]['project'] == 'p1'
    assert rows['project'][0]['project_name'] == 'garden'
    assert 'client_name' not in rows['client'][0]


@given(ANY_TEXT)
def test_any_text_as_a_name_changes_no_other_text_of_the_page(text):
    counted = tally(record(), record(user_id='u2'))
    name = names.known([('u1', text)])['u1']
    usual, odd = (
        Parsed(
            page.render(
                counted,
                Lines(),
                REPORT,
                Names({'project': {}, 'user': {'u1': each}}),
            )
        )
        for each in ('ada', name)
    )

    assert odd.tags == usual.tags
    assert odd.beside == [plain(name)]
    assert plain(name).isprintable()


@given(ANY_TEXT)
def test_any_text_as_a_name_is_json(text):
    found = Names({'project': names.known([('p1', text)]), 'user': {}})
    data = words.data(tally(record()), Lines(), REPORT, found)

    (row,) = json.loads(json.dumps(data))['by']['project']
    assert row['project'] == 'p1'
    assert isinstance(row['project_name'], str)


def test_two_projects_of_one_name_stay_two_rows():
    found = Names({'project': {'p1': 'same', 'p2': 'same'}, 'user': {}})
    counted = tally(record(), record(project_id='p2'))
    rows = words.data(counted, Lines(), REPORT, found)['by']['project']

    assert [(row['project'], row['project_name']) for row in rows] == [
        ('p1', 'same'),
        ('p2', 'same'),
    ]
    assert (
        Parsed(page.render(counted, Lines(), REPORT, found)).beside
        == ['same'] * 2
    )


def test_the_page_without_names_has_no_place_for_them():
    text = page.render(tally(record()), Lines())

    assert Parsed(text).beside == []
    assert 'bdi' not in text.partition('</style>')[2]
