"""Working figures of samples, in words and tables."""
