"""What may be shown."""
