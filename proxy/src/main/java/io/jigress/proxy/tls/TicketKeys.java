package io.jigress.proxy.tls;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// The keys that encrypt the session tickets of one context: the newest encrypts, the previous one still decrypts. For the
/// applying thread. The JDK's engine replaces its keys by itself.
final class TicketKeys {
    private final SecureRandom random;
    private @Nullable OpenSslSessionTicketKey newest;

    TicketKeys(SecureRandom random) {
        this.random = random;
    }

    void rotate(OpenSslSessionContext sessions) {
        OpenSslSessionTicketKey before = newest;
        OpenSslSessionTicketKey next = new OpenSslSessionTicketKey(bytes(OpenSslSessionTicketKey.NAME_SIZE),
                bytes(OpenSslSessionTicketKey.HMAC_KEY_SIZE), bytes(OpenSslSessionTicketKey.AES_KEY_SIZE));
        newest = next;
        if (before == null) {
            sessions.setTicketKeys(next);
        } else {
            sessions.setTicketKeys(next, before);
        }
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
