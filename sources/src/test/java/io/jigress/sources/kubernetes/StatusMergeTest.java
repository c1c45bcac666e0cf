package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusMergeTest {
    private static final Instant NOW = Instant.parse("2026-11-26T10:00:00.123Z");

    private static Json json(String text) {
        return JsonParser.parse(text.replace('\'', '"').getBytes(UTF_8)) instanceof JsonParser.Result.Parsed(Json json)
                ? json
                : Json.Null.NULL;
    }

    private static Optional<Json.Obj> patch(String current, @Nullable String wanted) {
        return StatusMerge.patch(current.replace('\'', '"').getBytes(UTF_8), wanted == null ? null : json(wanted), NOW);
    }

    @Test
    void aNewConditionGetsTheTime() {
        assertThat(patch("", "{'conditions':[{'type':'Accepted','status':'True'}]}"))
                .contains((Json.Obj) json(
                        "{'conditions':[{'type':'Accepted','status':'True','lastTransitionTime':'2026-11-26T10:00:00Z'}]}"));
    }

    @Test
    void theTimeStaysWhileTheStatusStays() {
        String current = "{'conditions':[{'type':'Accepted','status':'True','reason':'A','lastTransitionTime':'2020-01-01T00:00:00Z'}]}";
        assertThat(patch(current, "{'conditions':[{'type':'Accepted','status':'True','reason':'B'}]}")).contains((Json.Obj) json(
                "{'conditions':[{'type':'Accepted','status':'True','reason':'B','lastTransitionTime':'2020-01-01T00:00:00Z'}]}"));
        assertThat(patch(current, "{'conditions':[{'type':'Accepted','status':'False','reason':'A'}]}")).contains((Json.Obj) json(
                "{'conditions':[{'type':'Accepted','status':'False','reason':'A','lastTransitionTime':'2026-11-26T10:00:00Z'}]}"));
    }

    @Test
    void aStatusThatIsRightIsNotWritten() {
        assertThat(patch("{'conditions':[{'lastTransitionTime':'2020-01-01T00:00:00Z','status':'True','type':'Accepted'}]}",
                "{'conditions':[{'type':'Accepted','status':'True'}]}")).isEmpty();
        assertThat(patch("", null)).isEmpty();
    }

    @Test
    void parentsOfOtherControllersStay() {
        String other = "{'parentRef':{'name':'theirs'},'controllerName':'example.test/other','conditions':[{'type':'Accepted'}]}";
        String ours = "{'parentRef':{'name':'main'},'controllerName':'jigress.io/gateway-controller','conditions':[]}";
        String old = "{'parentRef':{'name':'old'},'controllerName':'jigress.io/gateway-controller','conditions':[]}";
        assertThat(patch("{'parents':[" + old + "," + other + "]}", "{'parents':[" + ours + "]}"))
                .contains((Json.Obj) json("{'parents':[" + other + "," + ours + "]}"));
        assertThat(patch("{'parents':[" + ours + "," + other + "]}", null))
                .contains((Json.Obj) json("{'parents':[" + other + "]}"));
        assertThat(patch("{'parents':[" + other + "]}", null)).isEmpty();
    }

    @Test
    void conditionsOfOtherControllersStay() {
        assertThat(patch("{'conditions':[{'type':'example.test/Seen','status':'True'},{'type':'Old','status':'True'}]}",
                "{'conditions':[{'type':'Accepted','status':'True'}]}"))
                .contains((Json.Obj) json(
                        "{'conditions':[{'type':'Accepted','status':'True','lastTransitionTime':'2026-11-26T10:00:00Z'},"
                                + "{'type':'example.test/Seen','status':'True'}]}"));
    }

    @Test
    void allAddressesAreNoAddressForOthers() {
        assertThat(patch("", "{'addresses':[{'value':'0.0.0.0'},{'value':'10.0.0.1'},{'value':'::'}]}"))
                .contains((Json.Obj) json("{'addresses':[{'value':'10.0.0.1'}]}"));
        assertThat(patch("{'loadBalancer':{'ingress':[]}}", "{'loadBalancer':{'ingress':[{'ip':'0.0.0.0'}]}}")).isEmpty();
    }

    @Test
    void whatIsNoLongerSaidIsRemoved() {
        assertThat(patch("{'addresses':[{'value':'10.0.0.1'}],'listeners':[]}", "{'listeners':[]}"))
                .contains((Json.Obj) json("{'addresses':null}"));
    }

    @Test
    void timesOfListenersStayByName() {
        assertThat(patch(
                "{'listeners':[{'name':'a','attachedRoutes':1,'conditions':[{'type':'Accepted','status':'True','lastTransitionTime':'T'}]}]}",
                "{'listeners':[{'name':'b','attachedRoutes':0,'conditions':[]},{'name':'a','attachedRoutes':2,"
                        + "'conditions':[{'type':'Accepted','status':'True'}]}]}"))
                .contains((Json.Obj) json(
                        "{'listeners':[{'name':'b','attachedRoutes':0,'conditions':[]},{'name':'a','attachedRoutes':2,"
                                + "'conditions':[{'type':'Accepted','status':'True','lastTransitionTime':'T'}]}]}"));
    }

    @Test
    void anObjectThatIsAnothersNowKeepsItsStatus() {
        assertThat(patch("{'conditions':[{'type':'Accepted','status':'True'}],'addresses':[]}", null)).isEmpty();
    }

    /// The API server refuses longer ones, and with them the whole status.
    @Test
    void aLongMessageIsShortened() {
        String shown = patch("", "{'listeners':[{'name':'a','conditions':[{'type':'Accepted','status':'False','message':'"
                + "x".repeat(40_000) + "'}]}]}").orElseThrow().toString();
        assertThat(shown).contains("xxx…").hasSizeLessThan(5_000);
        String pairs = "😀".repeat(20_000);
        assertThat(patch("", "{'conditions':[{'type':'Accepted','status':'False','message':'x" + pairs + "'}]}").orElseThrow()
                .toString()).contains("😀…");
    }
}
