"""What a citizen meets."""
