"""Who works with the system: accounts, rights, sessions, keys and the trail of their acts."""
