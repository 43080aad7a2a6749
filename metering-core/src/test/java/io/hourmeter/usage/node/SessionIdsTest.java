package io.hourmeter.usage.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import java.util.Base64;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SessionIdsTest {

    private static final LicenseKey KEY = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PQ");
    private static final LicenseKey OTHER = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PR");

    private final SessionIds ids = new SessionIds(new SplittableRandom(1));

    @Test
    void anIdIsUrlSafeAndBelongsToItsKeyHoweverTheKeyIsWritten() {
        SessionId id = ids.create(KEY);
        String text = id.toString();
        assertThat(text).matches("[A-Za-z0-9_-]{32}");
        assertThat(SessionIds.of(KEY, text)).isEqualTo(id);
        assertThat(SessionIds.of(LicenseKey.of("rl-o123abcd-efgh4567-jkmn89pq"), text))
                .isEqualTo(id);
    }

    @Test
    void theTextOfAnIdIsThatOfTheJdk() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 1_000; i++) {
            byte[] bytes = new byte[SessionId.BYTES];
            random.nextBytes(bytes);
            String text = SessionId.of(bytes).toString();
            assertThat(text).isEqualTo(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
            assertThat(SessionId.parse(text)).isEqualTo(SessionId.of(bytes));
        }
    }

    @Test
    void aForeignAForgedAndAMalformedIdAreNoneOfTheKey() {
        String id = ids.create(KEY).toString();
        assertThat(SessionIds.of(OTHER, id)).isNull();
        char first = id.charAt(0) == 'A' ? 'B' : 'A';
        assertThat(SessionIds.of(KEY, first + id.substring(1))).isNull();
        char last = id.charAt(31) == 'A' ? 'B' : 'A';
        assertThat(SessionIds.of(KEY, id.substring(0, 31) + last)).isNull();
        assertThat(SessionIds.of(KEY, "")).isNull();
        assertThat(SessionIds.of(KEY, id + "A")).isNull();
        assertThat(SessionIds.of(KEY, "ä".repeat(32))).isNull();
        assertThat(SessionIds.of(KEY, "=".repeat(32))).isNull();
    }

    @Test
    void aSessionOfALicenseNamedByItsIdBelongsToThatIdAlone() {
        LicenseId license = new LicenseId("lic_0123456789");
        String session = ids.create(license).toString();
        assertThat(SessionIds.of(license, session)).isNotNull();
        assertThat(SessionIds.of(new LicenseId("lic_0123456780"), session)).isNull();
        assertThat(SessionIds.of(KEY, session)).isNull();
    }
}
