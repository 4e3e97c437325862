"""The documentation: ``tox -e docs`` builds it."""

project = 'nova_update_guard'
copyright = 'the authors of nova_update_guard'  # noqa: A001  Sphinx's name
extensions = [
    'myst_parser',
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
]
html_theme = 'openstackdocs'
html_title = project
html_theme_options = {
    # A page asks no other site for anything.
    'analytics_tracking_code': '',
    'display_badge': False,
}
# The theme's own call this project a part of docs.openstack.org.
templates_path = ['_templates']
html_static_path = ['_static']
html_css_files = ['guard.css']
html_copy_source = False
# The theme would look for both in git.
openstackdocs_auto_name = False
openstackdocs_auto_version = False
# Headings down to this level can be linked to.
myst_heading_anchors = 3
# Each reference must lead somewhere; with -W, one that does not is an error.
nitpicky = True
