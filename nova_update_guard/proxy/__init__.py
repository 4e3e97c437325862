"""The reverse proxy: towards the WSGI server, nova-api and keystone."""
