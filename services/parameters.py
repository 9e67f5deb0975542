"""The parameters that a model takes besides those with a control of their own, as data. Knows no widgets."""

from __future__ import annotations

from services.extra import as_form, checked_extra, merged

__all__ = ["as_form", "checked_extra", "merged"]
