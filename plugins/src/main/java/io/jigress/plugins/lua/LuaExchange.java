package io.jigress.plugins.lua;

import io.jigress.api.Exchange;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.MemoryHolder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a script has of one request and its response.
final class LuaExchange implements MemoryHolder {
    final World world;
    final Exchange exchange;
    final MessageRun request;
    final MessageRun response;
    /// ngx.ctx.
    @Nullable LuaTable context;
    /// Dynamic metadata, by filter.
    @Nullable LuaTable metadata;
    /// What ngx.say has written.
    final StringBuilder output = new StringBuilder();
    /// What OpenResty's variables were set to.
    @Nullable LuaTable variables;
    /// The body that ngx.req.read_body has read.
    @Nullable String requestBody;
    /// The status of a reply that OpenResty's functions make; 0 for none.
    int status;
    /// Fields of that reply.
    @Nullable LuaTable replyHeaders;
    /// The block of OpenResty that runs, or has run last.
    LuaScript.Phase phase = LuaScript.Phase.REWRITE;
    boolean hasFailed;
    private boolean over;

    LuaExchange(World world, Exchange exchange) {
        this.world = world;
        this.exchange = exchange;
        request = new MessageRun(this, true);
        response = new MessageRun(this, false);
    }

    boolean isOver() { return over; }

    void end() {
        over = true;
        world.drop(request);
        world.drop(response);
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
        return 400L + output.length() + (requestBody == null ? 0 : requestBody.length());
    }

    @Override
    public void visit(Consumer<Object> values) {
        for (LuaTable table : new @Nullable LuaTable[] {context, metadata, variables, replyHeaders}) {
            if (table != null) {
                values.accept(table);
            }
        }
    }
}
