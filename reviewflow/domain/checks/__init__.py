"""The rules of `reviewflow check`, the linter of a review: each is a pure function over what stands."""
