package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseKey;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SessionIdsTest {

    private static final LicenseKey KEY = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PQ");
    private static final LicenseKey OTHER = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PR");

    private final SessionIds ids = new SessionIds(new SplittableRandom(1));

    @Test
    void anIdIsUrlSafeAndBelongsToItsKeyHoweverTheKeyIsWritten() {
        String id = ids.create(KEY);
        assertThat(id).matches("[A-Za-z0-9_-]{32}");
        assertThat(SessionIds.belongs(KEY, id)).isTrue();
        assertThat(SessionIds.belongs(LicenseKey.of("rl-o123abcd-efgh4567-jkmn89pq"), id))
                .isTrue();
    }

    @Test
    void aForeignAForgedAndAMalformedIdAreNoneOfTheKey() {
        String id = ids.create(KEY);
        assertThat(SessionIds.belongs(OTHER, id)).isFalse();
        char first = id.charAt(0) == 'A' ? 'B' : 'A';
        assertThat(SessionIds.belongs(KEY, first + id.substring(1))).isFalse();
        char last = id.charAt(31) == 'A' ? 'B' : 'A';
        assertThat(SessionIds.belongs(KEY, id.substring(0, 31) + last)).isFalse();
        assertThat(SessionIds.belongs(KEY, "")).isFalse();
        assertThat(SessionIds.belongs(KEY, id + "A")).isFalse();
        assertThat(SessionIds.belongs(KEY, "ä".repeat(32))).isFalse();
        assertThat(SessionIds.belongs(KEY, "=".repeat(32))).isFalse();
    }

    @Test
    void leaseIdsAreUuidsOfVersionSevenInOrderOfTime() {
        LeaseIds leases = new LeaseIds(new SplittableRandom(1));
        String early = leases.create(1_767_225_600_000L);
        String late = leases.create(1_767_225_600_001L);
        assertThat(UUID.fromString(early).version()).isEqualTo(7);
        assertThat(UUID.fromString(early).variant()).isEqualTo(2);
        assertThat(early).isLessThan(late);
    }
}
