"""Full texts: what a file is, which report it belongs to, where it can be asked for, and the letter for it."""
