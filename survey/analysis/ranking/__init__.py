"""Ranks and what they mean."""
