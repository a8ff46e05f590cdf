"""The three parties: the sample brand with its app, its authorization server, and the platform."""
