"""The report: one self-contained HTML file per dataset and split, made to be read by people."""

from __future__ import annotations

from iqabench.render.report.context import report_context
from iqabench.render.report.render import render_report
from iqabench.render.report.write import write_reports

__all__ = ["render_report", "report_context", "write_reports"]
