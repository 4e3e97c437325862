"""Sphinx's settings for the release notes: tox -e releasenotes."""

extensions = ['reno.sphinxext']
project = 'nova_update_guard'
html_title = 'Release notes of nova_update_guard'
html_show_copyright = False
html_show_sphinx = False
