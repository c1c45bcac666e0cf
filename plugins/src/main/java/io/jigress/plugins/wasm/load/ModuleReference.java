package io.jigress.plugins.wasm.load;

import org.jspecify.annotations.Nullable;

/// Where the code of a plugin is, and what must be true of it.
///
/// @param url `file:///…`, `http://…`, `https://…` or `oci://…`
/// @param sha256 of the module, for an image of its manifest, in hexadecimal; null for any
/// @param user for the registry or server; null for none
/// @param cosignKey the public key, in PEM, that must have signed the image; null for none
public record ModuleReference(String url, @Nullable String sha256, @Nullable String user, @Nullable String password,
        @Nullable String cosignKey) {

    /// Without the password, which must not be logged.
    @Override
    public String toString() {
        return url + (sha256 == null ? "" : " sha256:" + sha256);
    }
}
