"""What analysts read."""
