"""`desk check`: whether the whole platform agrees with itself, asked of a live system from outside.

One module a check; each yields findings, and what cannot be checked is *not made*, never *held*.
"""

from desk.check.report import print_report
from desk.check.run import CHECKS, Report, Result, Verdict, run_checks

__all__ = ["CHECKS", "Report", "Result", "Verdict", "print_report", "run_checks"]
