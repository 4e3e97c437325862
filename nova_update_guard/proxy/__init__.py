"""The reverse proxy: the server's side, nova's side, and keystone's."""
