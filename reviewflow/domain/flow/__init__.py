"""The flow of records, reports and studies through a review: counts, their arithmetic, the diagram, its exchange."""
