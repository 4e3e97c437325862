"""Links lead to a page and a heading; names lead to files and tests."""

import re
from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.pages import ROOT, SOURCE

DOCUMENTS = [
    *pages.pages(),
    *(
        path
        for name in ('SECURITY.md', 'CONTRIBUTING.md')
        if (path := ROOT / name).exists()
    ),
]
DECISIONS = SOURCE / 'contributor' / 'decisions'
# Whoever reads them on their own day finds what was there then.
TODAY = [
    page
    for page in DOCUMENTS
    if page.parent != DECISIONS or page.name == 'README.md'
]
_LINK = re.compile(r'\]\(([^)\s]+)\)')
_CODE = re.compile(r'`([^`\n]+)`')
_TEST = re.compile(r'<!-- (tests/\S+\.py)::(\w+) -->')
_TREES = ('tests/', 'etc/nova', 'doc/', 'nova_update_guard/')
# What is made, and nova's.
_MADE = ('doc/build', 'doc/api_samples')
_FUNCTION = 'def {}('


def named(pages):
    return pytest.mark.parametrize(
        'page', pages, ids=[str(page.relative_to(ROOT)) for page in pages]
    )


@named(DOCUMENTS)
def test_every_link_leads_to_a_file_and_a_heading(page):
    lost = []
    for link in _LINK.findall(pages.prose(page)):
        path, _, anchor = link.partition('#')
        if path.startswith(('http:', 'https:')):
            continue
        target = page.parent / path if path else page
        # A code host shows a folder; Sphinx does not.
        is_there = (
            target.is_file() if SOURCE in page.parents else target.exists()
        )
        if not is_there or (anchor and anchor not in pages.headings(target)):
            lost.append(link)
    assert lost == []


@named(TODAY)
def test_every_path_that_is_named_is_there(page):
    lost = [
        name
        for name in _CODE.findall(pages.prose(page))
        if name.startswith(_TREES)
        and not name.startswith(_MADE)
        and re.fullmatch(r'[\w./-]+', name)
        and not (ROOT / name).exists()
    ]
    assert lost == []


@named([page for page in DOCUMENTS if _TEST.search(page.read_text())])
def test_the_tests_of_a_sentence_are_there(page):
    for path, name in _TEST.findall(page.read_text()):
        file = ROOT / path
        assert file.is_file(), path
        assert _FUNCTION.format(name) in file.read_text(), name


def test_every_sentence_on_failures_has_a_test():
    text = (SOURCE / 'operations' / 'failures.md').read_text()
    items = re.split(r'^- ', text, flags=re.MULTILINE)[1:]

    assert len(items) > 20
    assert [item for item in items if not _TEST.search(item)] == []


def test_every_page_is_in_a_table_of_contents():
    """Sphinx sees to it, too; the README's links are seen here."""
    linked = {
        (pages.README.parent / link).resolve()
        for link in _LINK.findall(pages.README.read_text())
    }
    chapters = {path.parent for path in linked}

    assert {
        path.parent
        for path in SOURCE.rglob('*.md')
        if path.parent not in (SOURCE, DECISIONS)
    } <= chapters


def test_nothing_names_a_page_that_has_moved():
    gone = ('doc/threat-model', 'doc/source/clients', 'policy/README')
    files = [
        path
        for folder in ('nova_update_guard', 'etc', 'tests', 'doc')
        for path in (ROOT / folder).rglob('*')
        if path.suffix in ('.py', '.md', '.conf', '.ini', '.sample')
        and 'build' not in path.parts
        and path != Path(__file__)
    ]

    assert [
        path for path in files if any(map(path.read_text().count, gone))
    ] == []
