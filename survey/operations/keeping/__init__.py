"""What keeps an instance well over the years."""
