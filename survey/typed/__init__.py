"""What people type, read: free of any form library, so that commands and pages read it alike."""
