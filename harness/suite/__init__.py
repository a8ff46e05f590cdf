"""The harness in a pytest suite: what the plugin's fixtures and hooks are made of."""
