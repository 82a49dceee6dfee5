"""Screens of the terminal: Textual shows what `workflow` gives, and hands back what a person presses."""
