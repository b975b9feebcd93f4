"""The only place that knows tables. SQLite is embedded, PostgreSQL is for production; both run the same code."""
