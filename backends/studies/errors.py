"""The exception for studies that stop."""


class StudyError(RuntimeError):
    """A study stopped, or its results cannot be read; the message says what to do."""
