"""Shared by those that read figures from the raw results of a run."""
import math
import statistics

MISSING = ('not measured', '', '', 'not measured')


def verdict(met):
    return 'met' if met else '**unmet**'


def lost(rows):
    """Requests without a correct response."""
    return sum(row['errors'] + row['not_ok'] for row in rows)


def interval(values):
    """The median, and its 95 % confidence interval: the order statistics around it (sign test)."""
    ordered, count = sorted(values), len(values)
    outside = max((k for k in range(count // 2) if 2 * sum(math.comb(count, i) for i in range(k + 1)) / 2 ** count <= .05), default=-1)
    return statistics.median(ordered), ordered[outside + 1], ordered[count - 2 - outside]
