"""What the application costs, measured on real servers, real databases and a real browser."""
