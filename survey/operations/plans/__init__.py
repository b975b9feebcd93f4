"""Improvement plans: tasks, owners, progress, what they answer to."""
