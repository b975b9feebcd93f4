"""Hài Lòng: from the poster at a service point to a satisfaction index that can be defended."""
