"""Published runs and what they say."""
