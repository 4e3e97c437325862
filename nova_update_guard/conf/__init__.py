"""Options of nova-update-guard.conf and of paste files, read and checked."""
