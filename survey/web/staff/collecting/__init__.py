"""Pages of tablets and paper."""
