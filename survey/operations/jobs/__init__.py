"""Work in the background: one way for all that takes longer than a page may."""
