"""Benchmarks: what the stream does, against plain tools on the same machine in the same run."""
