"""Horizon's own application, with its static files; for its interpreter."""

from django.contrib.staticfiles.handlers import StaticFilesHandler
from openstack_dashboard import wsgi

# Elsewhere the web server has them.
application = StaticFilesHandler(wsgi.application)
