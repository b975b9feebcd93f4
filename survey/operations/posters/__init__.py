"""Posters: their batches, and the check of one that hangs."""
