"""The review itself: no input, no output."""
