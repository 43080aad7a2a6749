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
        private final Permission permission;

        private Token(byte[] sha256, Permission permission) {
            this.sha256 = sha256;
            this.permission = permission;
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
        add(all, config, Settings.USAGE_TOKENS, Permission.USAGE);
        add(all, config, Settings.CREDIT_TOKENS, Permission.CREDIT);
        add(all, config, Settings.ADMIN_TOKENS, Permission.ADMIN);
        return new Tokens(all);
    }

    boolean none() {
        return tokens.isEmpty();
    }

    /** Compares with every token in constant time, so that the time taken tells nothing about any of them. */
    Optional<Permission> permissionOf(String presented) {
        byte[] digest = sha256(presented);
        Optional<Permission> found = Optional.empty();
        for (Token token : tokens) {
            if (MessageDigest.isEqual(token.sha256, digest)) {
                found = Optional.of(token.permission);
            }
        }
        return found;
    }

    private static void add(
            List<Token> all, MeteringConfig config, Setting<List<String>> setting, Permission permission) {
        for (String text : config.get(setting)) {
            byte[] digest = sha256(text);
            for (Token other : all) {
                if (other.permission != permission && MessageDigest.isEqual(other.sha256, digest)) {
                    throw new ConfigurationException(setting.key() + " (" + config.source(setting)
                            + ") has a token that also stands in license.server.tokens." + other.permission.scope()
                            + "; allowed is each token in one list");
                }
            }
            all.add(new Token(digest, permission));
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
