"""The one seam to the database: row classes stay inside, frozen dataclasses of the domain go out."""
