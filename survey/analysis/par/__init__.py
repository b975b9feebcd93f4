"""The criteria of the administrative reform index."""
