"""The end of the pipeline, asked in this process."""

import io

from nova_update_guard.deploy.proxy import nova_proxy


class Inside:
    """The app that speaks to nova, with some options."""

    def __init__(self, **options):
        self._app = nova_proxy({}, **options)

    def send(self, method='GET', path='/v2.1/flavors', body=b''):
        """Return status and body."""
        environ = {
            'REQUEST_METHOD': method,
            'PATH_INFO': path,
            'SERVER_PROTOCOL': 'HTTP/1.1',
            'HTTP_HOST': 'h',
            'REMOTE_ADDR': '127.0.0.1',
            'CONTENT_LENGTH': str(len(body)) if body else '',
            'wsgi.input': io.BytesIO(body),
            'wsgi.url_scheme': 'http',
        }
        reported = []
        chunks = self._app(
            environ, lambda *response: reported.append(response)
        )
        try:
            return int(reported[0][0][:3]), b''.join(chunks)
        finally:
            getattr(chunks, 'close', lambda: None)()
