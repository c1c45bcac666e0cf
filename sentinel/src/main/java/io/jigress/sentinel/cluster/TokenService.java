package io.jigress.sentinel.cluster;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Gives the tokens of cluster rules. For several threads; no method blocks.
public interface TokenService {
    /// No token server.
    TokenService NONE = new TokenService() {
        @Override
        public TokenAnswer answerNow(TokenRequest request) {
            return TokenAnswer.UNAVAILABLE;
        }

        @Override
        public void ask(TokenRequest request, Consumer<TokenAnswer> listener) {
            listener.accept(TokenAnswer.UNAVAILABLE);
        }
    };

    /// @return the answer if it needs no other process; else null, and nothing has been asked
    @Nullable TokenAnswer answerNow(TokenRequest request);

    /// Asks for a token.
    ///
    /// @param listener is called at most once, on any thread, possibly before this method returns. It is not called when the server does not answer
    void ask(TokenRequest request, Consumer<TokenAnswer> listener);

    /// How long an answer is waited for.
    default long timeoutMillis() {
        return 0;
    }
}
