package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.stripe.net.Webhook;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSignatureTest {

    private static final long NOW = 1_790_000_000L;
    private static final byte[] BODY =
            "{\n  \"id\": \"evt_1\",\r\n  \"text\": \"\u00e4\u20ac\uD83D\uDE00\"\n}\n".getBytes(StandardCharsets.UTF_8);

    private static WebhookSignature signature(String... secrets) {
        return new WebhookSignature(List.of(secrets), () -> Instant.ofEpochSecond(NOW));
    }

    private static String header(String secret, long time) {
        return FakeStripe.signature(BODY, secret, time);
    }

    @Test
    void headerOfStripesOwnLibraryIsAccepted() throws GeneralSecurityException {
        String header =
                Webhook.Signature.generateSignatureHeader(new String(BODY, StandardCharsets.UTF_8), "whsec_a", NOW);
        assertThat(signature("whsec_a").signs(BODY, header)).isTrue();
    }

    /** Computed elsewhere: HMAC-SHA-256 with key whsec_a over "1790000000.{}". */
    @Test
    void knownAnswer() {
        byte[] body = "{}".getBytes(StandardCharsets.US_ASCII);
        String known = "t=1790000000,v1=b0e0b767942dc92d7d33db2656a7f737b9c62979efcf3b62aa5a03deb17bee00";
        assertThat(signature("whsec_a").signs(body, known)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG-u-nu-arab", "fa-IR", "th-TH-u-nu-thai", "tr-TR"})
    void localeOfTheMachineDoesNotMatter(String tag) {
        String header = header("whsec_a", NOW);
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag(tag));
            assertThat(signature("whsec_a").signs(BODY, header)).isTrue();
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void oldAndNewSecretAreAcceptedWhileOneIsRolled() {
        String both = header("whsec_old", NOW) + header("whsec_new", NOW).replace("t=" + NOW, "");
        assertThat(signature("whsec_old").signs(BODY, both)).isTrue();
        assertThat(signature("whsec_new").signs(BODY, both)).isTrue();
        assertThat(signature("whsec_new", "whsec_old").signs(BODY, header("whsec_old", NOW)))
                .isTrue();
        assertThat(signature("whsec_other").signs(BODY, both)).isFalse();
        assertThat(signature().signs(BODY, both)).isFalse();
    }

    @Test
    void timeMayBeFiveMinutesOffAndNotMore() {
        for (long off : new long[] {0, 1, 299, 300}) {
            assertThat(signature("a").signs(BODY, header("a", NOW - off)))
                    .as("-%d s", off)
                    .isTrue();
            assertThat(signature("a").signs(BODY, header("a", NOW + off)))
                    .as("+%d s", off)
                    .isTrue();
        }
        for (long off : new long[] {301, 86_400, NOW}) {
            assertThat(signature("a").signs(BODY, header("a", NOW - off)))
                    .as("-%d s", off)
                    .isFalse();
            assertThat(signature("a").signs(BODY, header("a", NOW + off)))
                    .as("+%d s", off)
                    .isFalse();
        }
    }

    @Test
    void anyOtherByteOfTheBodyIsRefused() {
        String header = header("a", NOW);
        for (int i = 0; i < BODY.length; i++) {
            byte[] other = BODY.clone();
            other[i] ^= 1;
            assertThat(signature("a").signs(other, header)).as("byte %d", i).isFalse();
        }
        assertThat(signature("a").signs(new byte[0], header)).isFalse();
    }

    @Test
    void junkIsRefusedAndNothingElse() {
        String good = header("a", NOW);
        String v1 = good.substring(good.indexOf("v1="));
        List<String> junk = List.of(
                "",
                " ",
                ",",
                "=",
                "t",
                "t=",
                "t,v1",
                "t=abc," + v1,
                "t=-1," + v1,
                "t=+1790000000," + v1,
                "t=1e9," + v1,
                "t=99999999999999999999," + v1,
                "t=\u0661\u0667," + v1,
                "t=1790000000",
                "v1=",
                v1,
                "t=1790000000,v1=",
                "t=1790000000,v1=zz",
                "t=1790000000," + v1.substring(0, 20),
                "t=1790000000," + v1 + "00",
                "t=1790000000," + v1.toUpperCase(Locale.ROOT).replace("V1", "v1"),
                "t=1790000000," + v1.replace("v1=", "v0="),
                "t=1790000000,t=1790000000," + v1,
                "t=1790000000;" + v1,
                "t=1790000000," + "v1=00,".repeat(2_000),
                "t=1790000000," + ("v1=" + "0".repeat(64) + ",").repeat(17),
                "x".repeat(100_000));
        for (String header : junk) {
            assertThat(signature("a").signs(BODY, header)).as(header).isFalse();
        }
        assertThat(signature("a").signs(BODY, null)).isFalse();
        assertThat(signature("a").signs(BODY, " t=1790000000 , " + v1 + " , v0=00"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {81, 82, 83})
    void randomHeaderIsRefused(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String alphabet = "tv01=,; 9af\u0661\u0000-+";
        for (int i = 0; i < 5_000; i++) {
            StringBuilder header = new StringBuilder();
            for (int j = random.nextInt(80); j > 0; j--) {
                header.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            assertThat(signature("a").signs(BODY, header.toString()))
                    .as("seed %d", seed)
                    .isFalse();
        }
    }
}
