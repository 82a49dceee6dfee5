"""Draws what the domain has worked out; matplotlib is loaded here and nowhere else."""
