"""Results to paper and files; knows neither the store nor Flask."""
