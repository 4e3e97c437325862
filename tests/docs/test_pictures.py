"""What the pictures made of letters show is there, in that order."""

import re

import pytest

from tests.docs import owners, pages
from tests.docs.pages import ROOT

OURS = owners.owned('tests/docs/test_pictures.py')
COLUMNS = 100


@pytest.mark.parametrize('block', OURS, ids=lambda block: block.page)
def test_a_picture_fits_its_page(block):
    assert max(map(len, block.text.splitlines())) <= COLUMNS
    assert '\t' not in block.text


def test_the_picture_of_the_wings_has_all_of_them():
    (picture,) = pages.blocks('contributor/architecture.md', 'text')
    text = (ROOT / 'pyproject.toml').read_text()
    listed = re.search(r'^layers = \[\n(.*?)^\]', text, re.M | re.S).group(1)
    *wings, _helpers = re.findall('"(.*)"', listed)

    lines = picture.text.splitlines()
    rows = [
        {
            number
            for number, line in enumerate(lines)
            for name in wing.split(' | ')
            if re.search(rf'│ +{name}\b', line)
        }
        for wing in wings
    ]
    # Each once, and as high as the contract has it.
    assert [len(row) for row in rows] == [1] * len(wings)
    assert rows == sorted(rows, key=max)


def test_the_pictures_have_the_filters_in_their_order():
    pipeline = (
        ROOT / 'etc' / 'nova-update-guard' / 'nova-api-paste.ini'
    ).read_text()
    for page in ('README.md', 'index.md'):
        text = pages.blocks(page, 'text')[0].text
        text = text.replace('│', ' ')
        places = [
            (text.index(each), pipeline.index(each))
            for each in ('keystonecontext', 'authtoken')
        ]
        assert all(place >= 0 for pair in places for place in pair)
        assert text.index('authtoken') < text.index('keystonecontext')
        assert text.index('keystonecontext') < text.index('update_guard')
