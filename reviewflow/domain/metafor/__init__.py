"""The same analysis in R: a script for metafor that prints its numbers beside ours."""

from __future__ import annotations

from reviewflow.domain.metafor.script import Asked, RScript, r_script

__all__ = ["Asked", "RScript", "r_script"]
