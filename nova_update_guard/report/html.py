"""Render pages of HTML that need no other file, all in the same style."""

import base64
import hashlib
from importlib import resources
from typing import Any

import jinja2
import markupsafe

_PACKAGE = __package__.partition('.')[0]
_STYLE = 'report/page.css'


def render(template: str, **values: Any) -> str:
    """Return the page of a *template* of the package, which shows *values*.

    It extends ``report/base.html``; a style of its own is beside it.
    """
    style = _shipped(_STYLE)
    own = template.replace('.html', '.css')
    if own != _STYLE:
        style += _shipped(own)
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_shipped),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters['number'] = '{:,}'.format
    return environment.get_template(template).render(
        style=markupsafe.Markup(style),  # noqa: S704 - our own file
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()),
        **values,
    )


def _shipped(name: str) -> str:
    return (resources.files(_PACKAGE) / name).read_text('utf-8')
