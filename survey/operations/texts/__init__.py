"""The texts people read: what they may say, taken out for review and put back."""
