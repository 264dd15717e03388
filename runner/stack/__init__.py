"""The local stack: RabbitMQ, MongoDB, MinIO and a mail server in one private folder, for demo and tests.

Several stacks run side by side; nothing outside the folder is touched but the cache of programs.
"""

from runner.stack.core import Stack
from runner.stack.processes import StackError

__all__ = ["Stack", "StackError"]
