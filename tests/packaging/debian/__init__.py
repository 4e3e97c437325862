"""The Debian package, built and tried in a fresh Debian."""
