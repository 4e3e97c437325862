"""A whole nova in one process, behind the guard."""

import pytest
import webob.dec  # noqa: F401  nova.api.wsgi uses it without importing it

from tests.whole_nova import noise

# nova.tests.functional replaces threads and sockets with eventlet's unless
# this is set when it is first imported. With it, importing eventlet becomes
# an error in this process. Nothing reads it later, and the nova-api processes
# that other tests start must not inherit it.
with noise.ignored(), pytest.MonkeyPatch.context() as environ:
    environ.setenv('OS_NOVA_DISABLE_EVENTLET_PATCHING', '1')
    import nova.tests.functional
    import nova.tests.functional.fixtures  # noqa: F401
