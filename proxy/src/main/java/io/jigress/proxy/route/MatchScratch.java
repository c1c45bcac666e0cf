package io.jigress.proxy.route;

import io.jigress.api.RequestHead;
import io.jigress.config.VirtualHost.OnMiss;
import io.jigress.proxy.route.RouteRecorder.Outcome;
import org.jspecify.annotations.Nullable;

/// The working memory of a match, reused by an event loop, so that matching allocates nothing. Not for several threads.
///
/// It references the host and route of the last match until [#clear] or the next match.
public final class MatchScratch<H, R> {
    private final Candidates candidates = new Candidates();
    private final PathText text = new PathText();
    private @Nullable HostRoutes<H, R> host;
    private @Nullable R route;
    private @Nullable RouteRecorder<R> recorder;
    private boolean oneLabel;

    /// Sets the recorder of the next matches; null (the default) for none. A recorded match allocates; its result is the same as without a
    /// recorder.
    public void recorder(@Nullable RouteRecorder<R> listener) {
        recorder = listener;
    }

    /// The host of the matched route; without a match, the most specific host that matched; null when none did.
    public @Nullable HostRoutes<H, R> host() {
        return host;
    }

    /// The matched route; null when none did.
    public @Nullable R route() {
        return route;
    }

    /// Clears the last match, so that it does not keep a replaced table alive.
    public void clear() {
        host = null;
        route = null;
        text.clear();
        oneLabel = true;
    }

    /// Whether the star of the wildcard host that is searched next stands for one label.
    void oneLabel(boolean one) {
        oneLabel = one;
    }

    boolean isRecording() { return recorder != null; }

    /// Searches a host that matches; true when the search ends, because a route was found or the host does not pass on to the next pattern.
    boolean search(HostRoutes<H, R> found, byte[] path, int from, int to, RequestHead head) {
        RouteRecorder<R> listener = recorder;
        HostRoutes<H, R> first = host;
        if (first == null) {
            host = found;
        } else if (!first.section.equals(found.section)) {
            if (listener != null) {
                listener.host(found.pattern, Outcome.OTHER_SECTION);
            }
            return false;
        }
        if (listener != null) {
            listener.host(found.pattern, Outcome.SEARCHED);
        }
        PathTree.walk(found.paths, path, from, to, listener != null, candidates);
        RouteEntry winner = listener == null
                ? winner(path, from, to, head)
                : recordedWinner(found.pattern, path, from, to, head, listener);
        candidates.clear();
        if (winner != null) {
            host = found;
            route = routeOf(winner);
            return true;
        }
        boolean over = found.onMiss == OnMiss.NOT_FOUND;
        if (listener != null) {
            listener.host(found.pattern, over ? Outcome.MISSED_LAST : Outcome.MISSED);
        }
        return over;
    }

    /// Records a pattern that the table does not have.
    void absent(String pattern) {
        if (recorder != null) {
            recorder.host(pattern, Outcome.ABSENT);
        }
    }

    private @Nullable RouteEntry winner(byte[] path, int from, int to, RequestHead head) {
        for (RouteEntry entry = candidates.next(); entry != null; entry = candidates.next()) {
            if ((entry.isPathDecided() || entry.match.pathFits(path, from, to, text))
                    && (oneLabel || !entry.match.source().oneLabel()) && entry.predicatesHold(head)) {
                return entry;
            }
        }
        return null;
    }

    private @Nullable RouteEntry recordedWinner(String pattern, byte[] path, int from, int to, RequestHead head,
            RouteRecorder<R> listener) {
        RouteEntry winner = null;
        for (RouteEntry entry = candidates.next(); entry != null; entry = candidates.next()) {
            String loss = !oneLabel && entry.match.source().oneLabel()
                    ? "the star of " + pattern + " stands for one label only"
                    : entry.match.loss(path, from, to, text, head);
            RouteRecorder.Verdict verdict;
            if (loss != null) {
                verdict = new RouteRecorder.Lost(loss);
            } else if (winner != null) {
                verdict = new RouteRecorder.Outranked(winner.id);
            } else {
                verdict = new RouteRecorder.Won();
                winner = entry;
            }
            listener.candidate(pattern, entry.id, entry.match.rank(), routeOf(entry), verdict);
        }
        return winner;
    }

    @SuppressWarnings("unchecked")
    private R routeOf(RouteEntry entry) {
        return (R) entry.route;
    }
}
