"""Batches of posters."""
