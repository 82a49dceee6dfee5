"""The command line: a command parses, calls one function of `workflow`, and shows its result."""
