"""Horizon's settings; copied into its environment as local_settings.py."""

import os
import sys
from pathlib import Path

from openstack_dashboard.settings import HORIZON_CONFIG

DEBUG = False
ALLOWED_HOSTS = ['127.0.0.1']
SECRET_KEY = 'no secret: all of it is on 127.0.0.1'
OPENSTACK_KEYSTONE_URL = os.environ.get('HORIZON_KEYSTONE_URL', '')
if 'HORIZON_CUSTOMIZATION' in os.environ:
    HORIZON_CONFIG['customization_module'] = os.environ[
        'HORIZON_CUSTOMIZATION'
    ]
# One process serves all: its memory will do for sessions.
CACHES = {
    'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}
}
# What the installation has compressed.
COMPRESS_OFFLINE = True
STATIC_ROOT = f'{Path(sys.prefix) / "static"}'
LOGGING = {
    'version': 1,
    'disable_existing_loggers': False,
    'handlers': {'console': {'class': 'logging.StreamHandler'}},
    'root': {'handlers': ['console'], 'level': 'WARNING'},
}
