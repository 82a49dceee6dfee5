"""Looks for a file that breaks the law of reading, guided by which code of the readers it reaches.

    python tests/fuzz/fuzz_readers.py tagged|csv|bibtex|xml|json [options and corpus folders of libFuzzer]

What it finds interesting is kept in .fuzz/TARGET for the next run; a file that breaks the law is written to .fuzz.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

# Not with its hook for patterns: what it puts in their place takes no (text, from, to).
with atheris.instrument_imports(include=["reviewflow.formats", "reviewflow.domain.normalise"]):
    import reviewflow.formats.bibtex
    import reviewflow.formats.delimited
    import reviewflow.formats.elements
    import reviewflow.formats.latex
    import reviewflow.formats.objects
    import reviewflow.formats.tagged  # noqa: F401 - every reader, so that each is instrumented
    from tests.formats.laws import assert_read_lawfully
from tests.fuzz.seeds import TARGETS, dictionary, seeds

HOME = Path(".fuzz")


def main() -> None:
    """Fuzz one target."""
    _, target, *options = sys.argv
    names = ("", *TARGETS[target])

    def read(content: bytes) -> None:
        if content:
            assert_read_lawfully(content[1:], names[content[0] % len(names)])

    corpus = HOME / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (corpus / f"seed-{number:02}").write_bytes(seed)
    words = HOME / f"{target}.dict"
    words.write_text(dictionary(target), encoding="ascii")
    given = ["-max_len=8192", "-timeout=10", f"-artifact_prefix={HOME}/{target}-", f"-dict={words}"]
    atheris.Setup([sys.argv[0], *given, *options, str(corpus)], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
