package io.hourmeter.server.http;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The configured bearer tokens, kept as SHA-256. Immutable. */
final class Tokens {

    /** Hashed, so that comparing takes the same time for a token of any length. */
    private static final class Token {
        private final byte[] sha256;
        private final Scope scope;

        private Token(byte[] sha256, Scope scope) {
            this.sha256 = sha256;
            this.scope = scope;
        }
    }

    private final List<Token> tokens;

    private Tokens(List<Token> tokens) {
        this.tokens = List.copyOf(tokens);
    }

    /**
     * Reads the three lists.
     *
     * @throws ConfigurationException if one token stands in two of them: which scope it has would be a guess
     */
    static Tokens of(MeteringConfig config) {
        List<Token> all = new ArrayList<>();
        add(all, config, Settings.USAGE_TOKENS, Scope.USAGE);
        add(all, config, Settings.CREDIT_TOKENS, Scope.CREDIT);
        add(all, config, Settings.ADMIN_TOKENS, Scope.ADMIN);
        return new Tokens(all);
    }

    boolean none() {
        return tokens.isEmpty();
    }

    /** Compares with every token in constant time, so that the time taken tells nothing about any of them. */
    Optional<Scope> scopeOf(String presented) {
        byte[] digest = sha256(presented);
        Optional<Scope> found = Optional.empty();
        for (Token token : tokens) {
            if (MessageDigest.isEqual(token.sha256, digest)) {
                found = Optional.of(token.scope);
            }
        }
        return found;
    }

    private static void add(List<Token> all, MeteringConfig config, Setting<List<String>> setting, Scope scope) {
        for (String text : config.get(setting)) {
            byte[] digest = sha256(text);
            for (Token other : all) {
                if (other.scope != scope && MessageDigest.isEqual(other.sha256, digest)) {
                    throw new ConfigurationException(setting.key() + " (" + config.source(setting)
                            + ") has a token that also stands in license.server.tokens." + other.scope.text()
                            + "; allowed is each token in one list");
                }
            }
            all.add(new Token(digest, scope));
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
