package io.jigress.plugins.lua;

import io.jigress.api.Exchange;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.MemoryHolder;
import io.jigress.plugins.lua.vm.Root;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a script has of one request and its response.
final class LuaExchange extends Root implements MemoryHolder {
    final World world;
    final Exchange exchange;
    final MessageRun request;
    private @Nullable MessageRun response;
    /// ngx.ctx.
    @Nullable LuaTable context;
    /// Dynamic metadata, by filter.
    @Nullable LuaTable metadata;
    /// What ngx.say has written.
    private @Nullable StringBuilder output;
    /// What OpenResty's variables were set to.
    @Nullable LuaTable variables;
    /// The body that ngx.req.read_body has read.
    @Nullable String requestBody;
    /// The status of a reply that OpenResty's functions make; 0 for none.
    int status;
    /// Fields of that reply.
    @Nullable LuaTable replyHeaders;
    /// Fields that are added to those of the response, or of that reply: names and values by turns.
    @Nullable LuaTable addedHeaders;
    /// The block of OpenResty that runs, or has run last.
    LuaScript.Phase phase = LuaScript.Phase.REWRITE;
    boolean hasFailed;
    private boolean over;

    LuaExchange(World world, Exchange exchange) {
        this.world = world;
        this.exchange = exchange;
        request = new MessageRun(this, true);
    }

    /// The runs for the response.
    MessageRun response() {
        MessageRun run = response;
        if (run == null) {
            run = new MessageRun(this, false);
            response = run;
        }
        return run;
    }

    StringBuilder output() {
        StringBuilder text = output;
        if (text == null) {
            text = new StringBuilder();
            output = text;
        }
        return text;
    }

    boolean hasOutput() { return output != null && !output.isEmpty(); }

    /// A step has failed: all runs end without a decision.
    void abandon() {
        hasFailed = true;
        request.abandon();
        if (response != null) {
            response.abandon();
        }
    }

    /// No trailers follow: runs that wait for them go on.
    void noTrailers() {
        request.noTrailers();
        if (response != null) {
            response.noTrailers();
        }
    }

    boolean isOver() { return over; }

    void end() {
        over = true;
        world.drop(request);
        if (response != null) {
            world.drop(response);
        }
        world.state.release(this);
    }

    /// The exchange, for objects that scripts may have kept.
    ///
    /// @throws IllegalStateException when another request's run uses it, or after its end
    Exchange use() {
        Activity current = world.currentOrNull();
        if (over || current == null || current.exchange() != this) {
            throw new IllegalStateException("object used outside of its request");
        }
        return exchange;
    }

    @Override
    public long bytes() {
        return 400L + (output == null ? 0 : output.length()) + (requestBody == null ? 0 : requestBody.length());
    }

    @Override
    public void visit(Consumer<Object> values) {
        for (LuaTable table : new @Nullable LuaTable[] {context, metadata, variables, replyHeaders, addedHeaders}) {
            if (table != null) {
                values.accept(table);
            }
        }
    }
}
