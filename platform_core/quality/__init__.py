"""How good a module is, from facts alone: `manage.py modules check --quality` and docs/modules/quality.md."""

from platform_core.quality.grades import FACTS, Fact, Grade, Report, report_on

__all__ = ["FACTS", "Fact", "Grade", "Report", "report_on"]
