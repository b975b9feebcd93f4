"""Forms: what people send, checked on the server. They know questionnaires, not analysis or tables."""
