"""Read tables that people bring, before anything is decided about them."""
