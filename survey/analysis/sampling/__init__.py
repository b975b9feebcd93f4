"""Samples that were drawn."""
