"""What a response stands for."""
