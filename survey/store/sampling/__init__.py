"""Declared designs of rounds."""
