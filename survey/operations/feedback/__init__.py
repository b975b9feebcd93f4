"""Comments and cases: received, answered, reminded of, screened."""
