"""A media type in which nova finds a version gets no further."""

from hypothesis import example, given
from hypothesis import strategies as st
from nova.api.openstack import urlmap

from nova_update_guard.proxy import http_syntax

GOOD = {
    'REQUEST_METHOD': 'GET',
    'SERVER_PROTOCOL': 'HTTP/1.1',
    'PATH_INFO': '/servers/detail',
}
# What nova's own readers of these fields look for, and letters around it.
PIECES = [
    *('version', 'ver', 'sion', 'VERSION', '=2', '=2/x', '"', '\\', ';', ','),
    *('application/json', '*/*', ' ', '\t', '=', 'q=1', '"a"', '2', '/', 'v'),
]
# Quoted as a whole, which nova takes the backslashes out of, or in part.
texts = st.lists(st.sampled_from(PIECES), max_size=9).map(''.join)
quoted = texts.map(lambda text: f'"*/*;{text}"')


@given(texts | quoted)
@example(r'"application/json;ver\sion=2/x"')
@example('*/*;"version"=2')
def test_a_media_type_with_a_version_is_refused(value):
    listed = urlmap.parse_list_header(value)

    if any('version' in _options(each) for each in listed):
        assert _is_refused(HTTP_ACCEPT=value)
    if 'version' in _options(value):
        assert _is_refused(CONTENT_TYPE=value)


def _options(value):
    try:
        return urlmap.parse_options_header(value)[1]
    except StopIteration:
        # nova answers 500 to a media type without a word in it.
        return {}


def _is_refused(**fields):
    return http_syntax.check_media_types(GOOD | fields) is not None
