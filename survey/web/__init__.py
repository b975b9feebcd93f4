"""The pages: thin views of one shape: form, validate, act, redirect; else render."""
