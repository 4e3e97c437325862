import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.proxy import http_syntax

GOOD = {
    'REQUEST_METHOD': 'PUT',
    'SERVER_PROTOCOL': 'HTTP/1.1',
    'PATH_INFO': '/v2.1/servers/a b\xff\n',
    'QUERY_STRING': 'name=%20a&b[]=~!',
    'CONTENT_LENGTH': '2',
    'HTTP_HOST': '[::1]:8774',
    'HTTP_X_ANY': 'text\twith "all" \xff of it',
    'HTTP_ACCEPT': 'application/json;q=0.9, */*',
    'REQUEST_URI': '/v2.1/servers/a%20b%ff%0a?name=%20a&b[]=~!',
    'RAW_URI': '/v2.1/.../.a/b./%252e/x?c=/../d',
}
BAD = {
    'a method with a space': {'REQUEST_METHOD': 'PU T'},
    'a method with a quote': {'REQUEST_METHOD': 'PU"T'},
    'a tunnel': {'REQUEST_METHOD': 'CONNECT'},
    'no method': {'REQUEST_METHOD': ''},
    'a protocol of two words': {'SERVER_PROTOCOL': 'b HTTP/1.1'},
    'an absolute target': {'PATH_INFO': 'http://nova/v2.1'},
    'a target of a star': {'PATH_INFO': '*'},
    'a dot segment': {'PATH_INFO': '/v2.1/servers/./a'},
    'two dots': {'PATH_INFO': '/v2.1/servers/x/../a'},
    'a dot segment at the end': {'PATH_INFO': '/v2.1/servers/..'},
    'a dot segment that uWSGI took out': {'REQUEST_URI': '/v2.1/x/../servers'},
    'one that it decoded': {'REQUEST_URI': '/v2.1/x%2f%2E%2e/servers?a=b'},
    'one in a whole URL': {'RAW_URI': 'http://h/v2.1/%2e/servers'},
    'a mount in a header': {'HTTP_SCRIPT_NAME': '/v2.1'},
    'a path in a header': {'HTTP_PATH_INFO': '/v2.1/servers/a'},
    'a space in the query': {'QUERY_STRING': 'a b'},
    'a fragment in the query': {'QUERY_STRING': 'a#b'},
    'a newline in the query': {'QUERY_STRING': 'a\n'},
    'eight bits in the query': {'QUERY_STRING': '\xff'},
    'a folded field': {'HTTP_X_ANY': 'a\r\n b'},
    'a NUL in a field': {'HTTP_X_ANY': 'a\0'},
    'a newline at the end of a field': {'HTTP_X_ANY': 'a\n'},
    'a newline in the content type': {'CONTENT_TYPE': 'a\nb'},
    'a field with a space in its name': {'HTTP_X_ANY ': 'a'},
    'a length with a sign': {'CONTENT_LENGTH': '+2'},
    'a negative length': {'CONTENT_LENGTH': '-2'},
    'a length in hexadecimal': {'CONTENT_LENGTH': '0x2'},
    'a length without end': {'CONTENT_LENGTH': '9' * 19},
    'two lengths': {'CONTENT_LENGTH': '2, 2'},
    'a length in other digits': {'CONTENT_LENGTH': '\xb2'},
    'both framings': {'HTTP_TRANSFER_ENCODING': 'chunked'},
    'another coding': {
        'CONTENT_LENGTH': '',
        'HTTP_TRANSFER_ENCODING': 'gzip, chunked',
    },
    'two hosts': {'HTTP_HOST': 'a, b'},
    'a host with a path': {'HTTP_HOST': 'a/b'},
}
VERSIONED = {
    'in Accept': {'HTTP_ACCEPT': 'application/json;version=2'},
    'in quotes': {'HTTP_ACCEPT': 'a/b, c/d; "version" = "2"'},
    'in Content-Type': {'CONTENT_TYPE': 'text/plain;Version=2'},
    'with a backslash': {'HTTP_ACCEPT': r'"a/b;ver\sion=2/x"'},
}


def test_a_request_of_one_meaning_is_let_in():
    assert http_syntax.check(GOOD) is None
    assert http_syntax.check_media_types(GOOD) is None


@pytest.mark.parametrize('where', VERSIONED)
def test_a_version_in_a_media_type_is_refused_on_the_way_to_nova_only(where):
    request = GOOD | VERSIONED[where]

    assert http_syntax.check(request) is None
    refusal = http_syntax.check_media_types(request)
    assert refusal.status == 400
    assert 'a version in Accept or Content-Type' in refusal.message


def test_a_request_needs_neither_query_body_nor_host():
    few = ('REQUEST_METHOD', 'SERVER_PROTOCOL', 'PATH_INFO')

    assert http_syntax.check({name: GOOD[name] for name in few}) is None


@pytest.mark.parametrize('what', BAD)
def test_an_ambiguous_request_is_refused(what):
    refusal = http_syntax.check(GOOD | BAD[what])

    assert refusal is not None
    assert refusal.status == 400
    assert 'malformed' in refusal.message


@pytest.mark.parametrize('coding', ['chunked', 'Chunked'])
def test_chunks_are_let_in_where_the_server_reads_them_to_their_end(coding):
    chunked = GOOD | {'CONTENT_LENGTH': '', 'HTTP_TRANSFER_ENCODING': coding}

    assert http_syntax.check(chunked | {'wsgi.input_terminated': True}) is None
    assert http_syntax.check(chunked).status == 411


@given(st.text(st.characters(max_codepoint=255)))
def test_the_log_has_nothing_that_the_client_sent(text):
    refusal = http_syntax.check(GOOD | {'HTTP_X_ANY': f'secret{text}\0'})

    assert 'secret' not in refusal.reason
