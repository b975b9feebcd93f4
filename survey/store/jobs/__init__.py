"""Work in the background, as the database knows it."""
