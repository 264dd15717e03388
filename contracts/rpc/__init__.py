"""RPC methods, each declared once; dispatch, validation, clients, docs and rights derive from it."""

from contracts.rpc.method import PUBLIC, Kind, Method, Page, all_methods, find_method, methods_of

__all__ = ["PUBLIC", "Kind", "Method", "Page", "all_methods", "find_method", "methods_of"]
