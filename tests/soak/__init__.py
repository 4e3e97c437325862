"""The proxy on a real cloud, for long, while its policy changes and breaks."""
