"""Rounds and visits."""
