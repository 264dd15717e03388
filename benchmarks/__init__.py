"""Benchmarks, each on a private stack; `./xinlv bench NAME`."""
