"""The chapters of a case report, each built from a :class:`embers.case_view.CaseView` by the same template."""
