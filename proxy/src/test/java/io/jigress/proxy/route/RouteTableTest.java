package io.jigress.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.config.PathMatch;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.RouteRank.PathKind;
import io.jigress.config.ValueMatch;
import io.jigress.config.VirtualHost.OnMiss;
import io.jigress.proxy.route.RouteRecorder.Candidate;
import io.jigress.proxy.route.RouteRecorder.HostTried;
import io.jigress.proxy.route.RouteRecorder.Lost;
import io.jigress.proxy.route.RouteRecorder.Outcome;
import io.jigress.proxy.route.RouteRecorder.Outranked;
import io.jigress.proxy.route.RouteRecorder.Won;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RouteTableTest {
    private final Routes routes = new Routes();

    @Test
    void anEmptyTableMatchesNothing() {
        assertThat(routes.get("shop.example", "/")).isEqualTo("-");
        assertThat(routes.hostOf("shop.example", "/")).isEqualTo("-");
    }

    @Test
    void theMostSpecificHostIsTriedFirst() {
        for (String host : List.of("*", "*.example", "*.shop.example", "eu.shop.example")) {
            routes.host(host).put(host, host, RouteMatch.ALL);
        }
        assertThat(routes.get("eu.shop.example", "/")).isEqualTo("eu.shop.example");
        assertThat(routes.get("us.shop.example", "/")).isEqualTo("*.shop.example");
        assertThat(routes.get("shop.example", "/")).isEqualTo("*.example");
        assertThat(routes.get("example", "/")).isEqualTo("*");
        assertThat(routes.get("", "/")).isEqualTo("*");
        assertThat(routes.get("[::ffff:1.2.3.4]", "/")).isEqualTo("*");
    }

    @Test
    void aWildcardStandsForOneOrMoreLabels() {
        routes.host("*.shop.example").put("*.shop.example", "w", RouteMatch.ALL);
        assertThat(routes.get("a.shop.example", "/")).isEqualTo("w");
        assertThat(routes.get("a.b.c.shop.example", "/")).isEqualTo("w");
        assertThat(routes.get("shop.example", "/")).isEqualTo("-");
        assertThat(routes.get(".shop.example", "/")).isEqualTo("-");
        assertThat(routes.get("bigshop.example", "/")).isEqualTo("-");
        assertThat(routes.get("*.shop.example", "/")).isEqualTo("w");
    }

    @Test
    void aRemovedWildcardIsNoLongerTried() {
        routes.host("*.example").put("*.example", "w", RouteMatch.ALL);
        assertThat(routes.removeHost("*.example").get("a.example", "/")).isEqualTo("-");
        assertThat(routes.removeHost("*.example").host("*.example").get("a.example", "/")).isEqualTo("-");
    }

    @Test
    void theStarOfAnIngressStandsForOneLabel() {
        routes.host("*.b.example").put("*.b.example", "one", RouteMatch.path(new PathMatch.Prefix("/one")).withOneLabel(true));
        routes.prefix("*.b.example", "/any").host("*").prefix("*", "/");
        assertThat(routes.get("a.b.example", "/one")).isEqualTo("one");
        assertThat(routes.get("x.a.b.example", "/one")).isEqualTo("/");
        assertThat(routes.get("x.a.b.example", "/any")).isEqualTo("/any");
        assertThat(routes.get("b.example", "/one")).isEqualTo("/");
    }

    @Test
    void aMissGoesOnWithTheNextHostOfTheSection() {
        routes.host("a.b.example", "one", OnMiss.NEXT_HOST).prefix("a.b.example", "/x");
        routes.host("*.b.example", "other", OnMiss.NEXT_HOST).prefix("*.b.example", "/");
        routes.host("*.example", "one", OnMiss.NEXT_HOST).prefix("*.example", "/one");
        assertThat(routes.get("a.b.example", "/x")).isEqualTo("/x");
        assertThat(routes.get("a.b.example", "/one")).isEqualTo("/one");
        assertThat(routes.get("a.b.example", "/y")).isEqualTo("-");
        assertThat(routes.get("c.b.example", "/one")).isEqualTo("/");
    }

    @Test
    void aHostThatHasTheLastWordEndsTheSearch() {
        routes.host("a.example", "s", OnMiss.NOT_FOUND).prefix("a.example", "/x");
        routes.host("*", "s", OnMiss.NEXT_HOST).prefix("*", "/");
        assertThat(routes.get("a.example", "/y")).isEqualTo("-");
        assertThat(routes.get("b.example", "/y")).isEqualTo("/");
    }

    @Test
    void theHostIsKnownAlsoWhenNoRouteFits() {
        routes.host("a.example").prefix("a.example", "/x").host("*").prefix("*", "/y");
        assertThat(routes.hostOf("a.example", "/x")).isEqualTo("a.example");
        assertThat(routes.hostOf("a.example", "/y")).isEqualTo("*");
        assertThat(routes.hostOf("a.example", "/z")).isEqualTo("a.example");
        assertThat(routes.table().host("a.example").attachment()).isEqualTo("host a.example");
    }

    @Test
    void aPrefixEndsAtASegment() {
        routes.host("*").prefix("*", "/a").prefix("*", "/slash/");
        assertThat(routes.get("h", "/a")).isEqualTo("/a");
        assertThat(routes.get("h", "/a/")).isEqualTo("/a");
        assertThat(routes.get("h", "/a/b")).isEqualTo("/a");
        assertThat(routes.get("h", "/ab")).isEqualTo("-");
        assertThat(routes.get("h", "/slash")).isEqualTo("/slash/");
        assertThat(routes.get("h", "/slash/x")).isEqualTo("/slash/");
        assertThat(routes.get("h", "/slashes")).isEqualTo("-");
    }

    @Test
    void anExactPathIsTheWholePath() {
        routes.host("*").exact("*", "/a").exact("*", "/a/").exact("*", "/abc");
        assertThat(routes.get("h", "/a")).isEqualTo("/a");
        assertThat(routes.get("h", "/a/")).isEqualTo("/a/");
        assertThat(routes.get("h", "/a/b")).isEqualTo("-");
        assertThat(routes.get("h", "/ab")).isEqualTo("-");
        assertThat(routes.get("h", "/abcd")).isEqualTo("-");
    }

    @Test
    void theRootPrefixFitsEveryPathButTheAsterisk() {
        routes.host("*").prefix("*", "/");
        assertThat(routes.get("h", "/")).isEqualTo("/");
        assertThat(routes.get("h", "//x")).isEqualTo("/");
        assertThat(routes.get("h", "*")).isEqualTo("-");
    }

    @Test
    void exactGoesBeforeExpressionBeforePrefix() {
        routes.host("*").prefix("*", "/a/b").regex("*", "/a/.*").exact("*", "/a/b").prefix("*", "/a/b/c/d/e/f/g");
        assertThat(routes.get("h", "/a/b")).isEqualTo("/a/b");
        assertThat(routes.get("h", "/a/b/c")).isEqualTo("/a/.*");
        assertThat(routes.get("h", "/a/b/c/d/e/f/g/h")).isEqualTo("/a/.*");
    }

    @Test
    void anExpressionMatchesTheWholePath() {
        routes.host("*").regex("*", "/v[0-9]+/users?");
        assertThat(routes.get("h", "/v12/user")).isEqualTo("/v[0-9]+/users?");
        assertThat(routes.get("h", "/v12/users")).isEqualTo("/v[0-9]+/users?");
        assertThat(routes.get("h", "/v12/users/1")).isEqualTo("-");
        assertThat(routes.get("h", "/a/v12/users")).isEqualTo("-");
    }

    @Test
    void aBrokenExpressionIsAFaultAndFitsNothing() {
        RouteMatch match = RouteMatch.path(new PathMatch.Regex("/a("));
        CompiledMatch compiled = CompiledMatch.of(match, RouteRank.of(match, 0, "o", 0, 0));
        assertThat(compiled.faults()).singleElement().asString().startsWith("path: \"/a(\": missing closing )");
        routes.host("*").prefix("*", "/").put("*", "broken", match);
        assertThat(routes.get("h", "/a(")).isEqualTo("/");
    }

    @Test
    void aBrokenPredicateFitsNothing() {
        RouteMatch match = new RouteMatch(PathMatch.ALL, null,
                List.of(new ValueMatch.Exact("no token", "1"), new ValueMatch.Regex("a", "[")),
                List.of(new ValueMatch.Regex("q", "*")));
        assertThat(CompiledMatch.of(match, RouteRank.of(match, 0, "o", 0, 0)).faults()).hasSize(3);
        routes.host("*").put("*", "broken", match);
        assertThat(routes.get("h", "/?q=*", "a: [")).isEqualTo("-");
    }

    @Test
    void theRankDecidesAlsoWhenItIsNotThatOfThePath() {
        RouteMatch wide = RouteMatch.path(new PathMatch.Prefix("/"));
        routes.host("*").exact("*", "/a").prefix("*", "/a/b");
        routes.put("*", "first", wide, new RouteRank(PathKind.EXACT, 100, false, 0, 0, 0, "o", 0, 0));
        assertThat(routes.get("h", "/a")).isEqualTo("first");
        assertThat(routes.get("h", "/a/b/c")).isEqualTo("first");
        assertThat(routes.remove("*", "first", wide).get("h", "/a")).isEqualTo("/a");
    }

    @Test
    void methodsAreCompared() {
        routes.host("*").prefix("*", "/").put("*", "post", new RouteMatch(PathMatch.ALL, "POST", List.of(), List.of()));
        assertThat(routes.match("h", HeadStub.of("POST", "/x"))).isEqualTo("post");
        assertThat(routes.match("h", HeadStub.of("GET", "/x"))).isEqualTo("/");
    }

    @Test
    void aPreflightRequestFitsTheRouteOfTheMethodThatItAsksFor() {
        routes.host("*").put("*", "get", new RouteMatch(PathMatch.ALL, "GET", List.of(), List.of()))
                .put("*", "post", new RouteMatch(PathMatch.ALL, "POST", List.of(), List.of()));
        assertThat(routes.match("h", HeadStub.of("OPTIONS", "/x", "origin: https://a", "access-control-request-method: POST")))
                .isEqualTo("post");
        assertThat(routes.match("h", HeadStub.of("OPTIONS", "/x", "origin: https://a", "access-control-request-method: GET")))
                .isEqualTo("get");
        assertThat(routes.match("h", HeadStub.of("OPTIONS", "/x", "origin: https://a", "access-control-request-method: PUT")))
                .isEqualTo("-");
        assertThat(routes.match("h", HeadStub.of("OPTIONS", "/x", "access-control-request-method: GET"))).isEqualTo("-");
        assertThat(routes.match("h", HeadStub.of("OPTIONS", "/x"))).isEqualTo("-");
    }

    @Test
    void repeatedHeadersCountAsOneJoinedByCommas() {
        header("one", new ValueMatch.Exact("X-User", "7"));
        header("both", new ValueMatch.Exact("x-user", "7,8"));
        header("like", new ValueMatch.Regex("x-like", "a+,b"));
        header("there", new ValueMatch.Present("x-there"));
        assertThat(routes.get("h", "/", "x-user: 7")).isEqualTo("one");
        assertThat(routes.get("h", "/", "x-user: 7", "X-USER: 8")).isEqualTo("both");
        assertThat(routes.get("h", "/", "x-user: 8", "x-user: 7")).isEqualTo("-");
        assertThat(routes.get("h", "/", "x-like: aa", "x-like: b")).isEqualTo("like");
        assertThat(routes.get("h", "/", "x-like: aa")).isEqualTo("-");
        assertThat(routes.get("h", "/", "x-there: ")).isEqualTo("there");
        assertThat(routes.get("h", "/")).isEqualTo("-");
    }

    @Test
    void aCookieIsFoundAmongAllOfARequest() {
        header("gray", new ValueMatch.Cookie("tag.a", "gray"));
        for (String line : List.of("tag.a=gray", "a=b; tag.a=gray", "a=b;tag.a=gray ;c=d", "tag.a=\"gray\"",
                "tag.a=x; tag.a=gray",
                "tag.a; tag.a=gray", " \ttag.a=gray\t", ";;tag.a=gray;")) {
            assertThat(routes.get("h", "/", "cookie: " + line)).as(line).isEqualTo("gray");
        }
        assertThat(routes.get("h", "/", "cookie: a=b", "Cookie: tag.a=gray")).as("two fields").isEqualTo("gray");
        for (String line : List.of("", "tag.a", "tag.a=", "tag.a=gra", "tag.a=grayx", "xtag.a=gray", "tag.ax=gray", "tagxa=gray",
                "Tag.a=gray",
                "tag.a=Gray", "tag.a=\"gray", "tag.a=gray\"", "a=b, tag.a=gray", "a=tag.a=gray", "tag.a =gray", "tag.a= gray",
                "tag.a=\"")) {
            assertThat(routes.get("h", "/", "cookie: " + line)).as(line).isEqualTo("-");
        }
        assertThat(routes.get("h", "/", "x-cookie: tag.a=gray")).isEqualTo("-");
    }

    @Test
    void aCookieIsNoQueryParameter() {
        RouteMatch match = new RouteMatch(PathMatch.ALL, null, List.of(), List.of(new ValueMatch.Cookie("a", "b")));
        assertThat(CompiledMatch.of(match, RouteRank.of(match, 0, "o", 0, 0)).faults()).hasSize(1);
    }

    private void header(String id, ValueMatch header) {
        routes.host("*").put("*", id, new RouteMatch(PathMatch.ALL, null, List.of(header), List.of()));
    }

    @Test
    void queryParametersAreDecodedAndTheFirstCounts() {
        query("exact", new ValueMatch.Exact("q s", "ü&="));
        query("like", new ValueMatch.Regex("like", "ü+"));
        query("there", new ValueMatch.Present("there"));
        assertThat(routes.get("h", "/?q+s=%C3%bc%26=")).isEqualTo("exact");
        assertThat(routes.get("h", "/?x&q%20s=%c3%bc%26%3d&q+s=2")).isEqualTo("exact");
        assertThat(routes.get("h", "/?q+s=2&q+s=%C3%bc%26=")).isEqualTo("-");
        assertThat(routes.get("h", "/?q+s=%C3%bc%26=x")).isEqualTo("-");
        assertThat(routes.get("h", "/?q+s=%C3%bc%2")).isEqualTo("-");
        assertThat(routes.get("h", "/?like=%C3%BC%C3%BC")).isEqualTo("like");
        assertThat(routes.get("h", "/?like=")).isEqualTo("-");
        assertThat(routes.get("h", "/?a=b&there")).isEqualTo("there");
        assertThat(routes.get("h", "/?a=there")).isEqualTo("-");
        assertThat(routes.get("h", "/?&&=&")).isEqualTo("-");
    }

    @Test
    void aPercentSignWithoutDigitsStandsForItself() {
        query("percent", new ValueMatch.Exact("p", "%zz%"));
        assertThat(routes.get("h", "/?p=%zz%")).isEqualTo("percent");
        assertThat(routes.get("h", "/?p=%25zz%25")).isEqualTo("percent");
    }

    private void query(String id, ValueMatch query) {
        routes.host("*").put("*", id, new RouteMatch(PathMatch.ALL, null, List.of(), List.of(query)));
    }

    @Test
    void putReplacesTheRouteOfAnIdAndKeepsOlderTables() {
        RouteMatch match = RouteMatch.path(new PathMatch.Exact("/a"));
        routes.host("*").exact("*", "/a").put("*", "second", match, RouteRank.of(match, 5, "z", 0, 0));
        RouteTable<String, String> before = routes.table();
        routes.put("*", "/a", match, RouteRank.of(match, 9, "z", 0, 0));
        assertThat(routes.get("h", "/a")).isEqualTo("second");
        assertThat(Routes.match(before, "h", "/a", HeadStub.get("/a"), new MatchScratch<>())).isEqualTo("/a");
        assertThat(routes.remove("*", "second", match).get("h", "/a")).isEqualTo("/a");
        assertThat(routes.remove("*", "/a", match).get("h", "/a")).isEqualTo("-");
    }

    @Test
    void hostKeepsTheRoutesOfAHostThatIsThere() {
        routes.host("a").prefix("a", "/").host("a", "other", OnMiss.NOT_FOUND);
        assertThat(routes.get("a", "/")).isEqualTo("/");
        assertThat(routes.table().host("a").onMiss()).isEqualTo(OnMiss.NOT_FOUND);
        assertThat(routes.removeHost("a").host("a").get("a", "/")).isEqualTo("-");
    }

    @Test
    void anEditThatIsDoneTakesNothingMore() {
        RouteTableEdit<String, String> edit = RouteTable.<String, String>empty().edit();
        edit.done();
        assertThatThrownBy(() -> edit.removeHost("a")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aRouteNeedsItsHost() {
        assertThatThrownBy(() -> routes.prefix("nowhere", "/"))
                .hasMessage("no host \"nowhere\" in the table (expected: host() first)");
    }

    @Test
    void aClearedScratchHoldsNothing() {
        routes.host("*").prefix("*", "/");
        MatchScratch<String, String> scratch = new MatchScratch<>();
        Routes.match(routes.table(), "h", "/", HeadStub.get("/"), scratch);
        assertThat(scratch.route()).isEqualTo("/");
        scratch.clear();
        assertThat(scratch.route()).isNull();
        assertThat(scratch.host()).isNull();
    }

    @Test
    void theRecorderHearsHostsCandidatesAndReasons() {
        routes.host("a.example", "s", OnMiss.NEXT_HOST).exact("a.example", "/a").prefix("a.example", "/a/");
        routes.host("*.example", "other", OnMiss.NEXT_HOST).host("*", "s", OnMiss.NOT_FOUND).prefix("*", "/");
        RouteMatch user = new RouteMatch(new PathMatch.Prefix("/ab"), null, List.of(new ValueMatch.Exact("x-user", "7")),
                List.of());
        RouteMatch post = new RouteMatch(new PathMatch.Prefix("/ab"), "POST", List.of(), List.of());
        routes.put("*", "user", user).put("*", "post", post).regex("*", "/ab?c");
        assertThat(routes.explain("a.example", HeadStub.get("/ab")).steps().stream().map(RouteTableTest::brief)).containsExactly(
                "a.example SEARCHED",
                "/a lost: path /ab is not /a",
                "/a/ lost: path /ab does not begin with segment prefix /a/",
                "a.example MISSED",
                "*.example OTHER_SECTION",
                "* SEARCHED",
                "/ab?c lost: path /ab does not match /ab?c",
                "post lost: method is GET (expected: POST)",
                "user lost: header x-user is absent (expected: 7)",
                "/ won");
    }

    @Test
    void theRecorderHearsWhatFitsButIsOutranked() {
        routes.host("*").prefix("*", "/").exact("*", "/a").prefix("*", "/a/b");
        assertThat(routes.explain("x.y", HeadStub.get("/a")).steps().stream().map(RouteTableTest::brief)).containsExactly(
                "x.y ABSENT", "*.y ABSENT",
                "* SEARCHED", "/a won", "/ outranked by /a");
        assertThat(routes.explain("", HeadStub.get("*")).steps().stream().map(RouteTableTest::brief)).containsExactly(" ABSENT",
                "* SEARCHED",
                "/ lost: path * does not begin with segment prefix /", "* MISSED");
    }

    private static String brief(RouteRecorder.Step<String> step) {
        return switch (step) {
            case HostTried<String>(String pattern, Outcome outcome) -> pattern + " " + outcome;
            case Candidate<String> candidate -> candidate.route() + " " + switch (candidate.verdict()) {
                case Won() -> "won";
                case Outranked(String by) -> "outranked by " + by;
                case Lost(String reason) -> "lost: " + reason;
            };
        };
    }
}
