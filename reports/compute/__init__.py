"""Computations on the results, and the runs that building or recording a report needs."""
