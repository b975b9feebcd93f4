"""A made province to try everything on."""
