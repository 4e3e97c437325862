"""What the pictures made of letters show is there, in that order."""

import tomllib

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
    contracts = tomllib.loads((ROOT / 'pyproject.toml').read_text())
    layers, *_ = contracts['tool']['importlinter']['contracts']
    *wings, _helpers = layers['layers']

    for wing in ' | '.join(wings).split(' | '):
        assert wing in picture.text


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
