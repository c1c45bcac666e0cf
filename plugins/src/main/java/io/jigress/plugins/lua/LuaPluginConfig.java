package io.jigress.plugins.lua;

/// What [LuaFactory] reads.
public final class LuaPluginConfig {
    private final LuaConfig config;

    LuaPluginConfig(LuaConfig config) {
        this.config = config;
    }

    LuaConfig config() {
        return config;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LuaPluginConfig that && config.equals(that.config);
    }

    @Override
    public int hashCode() {
        return config.hashCode();
    }
}
