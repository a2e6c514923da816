"""The HTTP paths of the API: thin, each asks a reader or a writer and gives its answer the contract's shape."""
