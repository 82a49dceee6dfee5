"""One use case, one function, one change. Nothing here prints, prompts, or reads the clock or the environment."""
