"""The figures of plugins, from the raw results of `bench/plugins`."""
import statistics

from figures import MISSING, interval, lost, verdict
from ruler import median


def cost(name, limit, peer=False):
    """CPU that a plugin adds: the median of the differences to its neighbour without it, with its 95 % confidence interval.

    :param peer: whether it must not exceed Envoy's for the same plugin
    """

    def read(raw):
        if name not in raw['jigress']:
            return MISSING
        ours, theirs = (raw[kind].get(name, {}).get('full') if kind in raw else None for kind in ('jigress', 'envoy'))
        measured, peers, ratio, middle, their_middle = beside(ours, theirs)
        failed = lost(ours['plain'] + ours['plugin'])
        if failed:
            measured += f', {failed} requests failed'
        met = middle <= limit and failed == 0
        if not peer or their_middle is not None:
            return measured, peers, ratio, verdict(met and (not peer or middle <= their_middle))
        return measured, 'without Envoy', '', 'not measured' if met else verdict(False)

    return read


def beside(ours, theirs, key='cpu_us', digits=2):
    middle, low, high = interval(added(ours, key))
    measured = f'{middle:.{digits}f} µs ({low:.{digits}f} to {high:.{digits}f})'
    if not theirs:
        return measured, '', '', middle, None
    their_middle, low, high = interval(added(theirs, key))
    return (measured, f'Envoy {their_middle:.{digits}f} µs ({low:.{digits}f} to {high:.{digits}f})', f'{middle / their_middle:.2f}' if their_middle > 0 else '', middle,
            their_middle)


def added(found, key='cpu_us'):
    """What one copy of a plugin adds, in each round."""
    return [(b[key] - a[key]) / found['copies'] for a, b in zip(found['plain'], found['plugin'])]


def ext_proc_cpu(load, limit):
    """CPU of the whole request as a ratio within each round; what the plugin adds is compared with what it adds to Envoy."""

    def read(raw):
        ours, theirs = (raw[kind]['ext-proc'][load] if kind in raw else None for kind in ('jigress', 'envoy'))
        ratio = statistics.median(b['cpu_us'] / a['cpu_us'] for a, b in zip(ours['plain'], ours['plugin']))
        measured, peers, _, middle, their_middle = beside(ours, theirs, digits=1)
        met = ratio <= limit and lost(ours['plain'] + ours['plugin']) == 0 and (their_middle is None or middle <= their_middle)
        return (f"{median(ours['plugin'], 'cpu_us'):.1f} µs, {measured} more", f"without {median(ours['plain'], 'cpu_us'):.1f} µs" + (f', {peers} more' if peers else ''),
                f'{ratio:.2f}', 'not measured' if met and their_middle is None else verdict(met))

    return read


def ext_proc_p50(raw):
    ours, theirs = (raw[kind]['ext-proc']['rate'] if kind in raw else None for kind in ('jigress', 'envoy'))
    measured, peers, ratio, middle, their_middle = beside(ours, theirs, 'p50', 0)
    met = middle <= 300 and lost(ours['plain'] + ours['plugin']) == 0 and (their_middle is None or middle <= their_middle)
    return measured, peers, ratio, 'not measured' if met and their_middle is None else verdict(met)


def load(raw):
    """p99 while a module is loaded, in proportion to the mean of that before and after it."""
    rows = raw['first']
    ratio = statistics.median(row['during']['p99'] * 2 / max(1, row['before']['p99'] + row['after']['p99']) for row in rows)
    failed = lost([row[part] for row in rows for part in ('before', 'during', 'after')])
    before, during, after = (statistics.median(row[part]['p99'] for row in rows) for part in ('before', 'during', 'after'))
    return (f"{during:.0f} µs, {failed} failed; loaded in {statistics.median(row['loaded_ms'] for row in rows) / 1000:.1f} s", f'before {before:.0f} µs, after {after:.0f} µs',
            f'{ratio:.2f}', verdict(ratio <= 1.2 and failed == 0))


def reload(raw):
    """The slowest of the loads."""
    folder, memory = ([row['loaded_ms'] for row in raw[kind]] for kind in ('folder', 'memory'))
    return (f'{max(folder):.0f} ms in a new process, {max(memory):.0f} ms in the same one', f"the first time {statistics.median(row['loaded_ms'] for row in raw['first']):.0f} ms",
            '', verdict(max(folder + memory) <= 300))


def idle(raw):
    middle, low, high = interval(raw['added_us'])
    return f'{middle:.2f} µs ({low:.2f} to {high:.2f})', f"without {median(sum(raw['without'], []), 'cpu_us'):.1f} µs", '', verdict(middle <= .1)
